// inotify watches of a monitor's file and directory.
#include "monitor/monitor_task.hpp"

#include <utility>

#include <sys/inotify.h>

namespace filemap {
namespace {

constexpr std::uint32_t file_events = IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF;

}  // namespace

// Runs in a refresh job. The old watch may be about to deliver why its file is missing, such as an unmount, so it
// stays until another file is found and the refresh has ended.
bool monitor_task::watch(const fs::file_snapshot& at, fs::watch_hub* hub) {
    refresh_result& found = refresh_state_->result;
    found.watched = hub != nullptr;
    refresh_state_->not_watched.reset();
    if (!hub) {
        reset_watches();
        return false;
    }
    bool has_new_watch = false;
    const auto stand = [&](fs::watch_hub::subscription& standing, const fs::descriptor& object, std::uint32_t mask,
                           monitor_event change, std::string name) {
        if (!object.is_open()) return;
        auto fresh = hub->watch_state(
            object.get(), mask,
            [this, change](std::uint32_t happened, std::string_view) {
                if (happened & IN_Q_OVERFLOW) return notify(monitor_event::queue_overflow);
                notify(happened & IN_UNMOUNT ? monitor_event::unmounted : change);
            },
            std::move(name));
        if (!fresh) return on_watch_failure(fresh.error());
        // The watch may be about to deliver an event.
        if (standing.active() && standing.watch() == fresh->watch()) return;
        has_new_watch = true;
        refresh_state_->superseded.push_back(std::exchange(standing, std::move(*fresh)));
    };
    stand(directory_watch_, at.directory, fs::directory_events, monitor_event::path_changed,
          config_.path.substr(config_.path.rfind('/') + 1));
    const bool is_watched = file_watch_.active() && at.identity == mapped_identity_;
    // Without group permissions the kernel does not consult the access list.
    if (at.file.is_open() && !is_watched && (at.status.st_mode & S_IRWXG)) fs::read_access_list(at.file.get());
    stand(file_watch_, at.file, file_events, monitor_event::file_changed, {});
    watch_next_write(at, *hub);
    return has_new_watch;
}

void monitor_task::watch_next_write(const fs::file_snapshot& at, fs::watch_hub& hub) {
    if (!at.file.is_open()) return;
    auto next_write = hub.watch_next_write(at.file.get(), [this](std::uint32_t happened, std::string_view) {
        if (happened & IN_Q_OVERFLOW) return notify(monitor_event::queue_overflow);
        // Re-arming may reuse a watch that is just ending. Then only the end of that watch is delivered.
        if (happened & (IN_MODIFY | IN_CLOSE_WRITE | IN_IGNORED)) notify(monitor_event::written);
    });
    if (!next_write) return on_watch_failure(next_write.error());
    if (write_watch_.active()) {
        if (write_watch_.watch() == next_write->watch()) return;
        // A write has ended the watch since the lookup; its event has no subscriber.
        refresh_state_->written_at = clock::now();
    }
    write_watch_ = std::move(*next_write);
}

void monitor_task::on_watch_failure(const failure& refused) {
    refresh_state_->result.watched = false;
    refresh_state_->not_watched = refused;
}

void monitor_task::reset_watches() {
    write_watch_.reset();
    file_watch_.reset();
    directory_watch_.reset();
}

}  // namespace filemap
