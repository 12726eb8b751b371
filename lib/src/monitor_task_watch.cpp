// How a monitor finds its file and comes to hear of it.
#include "monitor_task.hpp"

#include <sys/inotify.h>

namespace filemap {
namespace asio = boost::asio;
namespace {

constexpr std::uint32_t file_events = IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF;

}  // namespace

// A standing watch that is new may have been set too late for what happened since the file was found.
asio::awaitable<bool> monitor_task::find_and_watch() {
    std::function<void()> find = [this] { seen() = file_->find(); };
    under_way_->to_find_again = false;
    co_await blocking(find);
    if (!seen()) co_return true;
    bool anything_new = false;
    const bool watched = watch_states(anything_new);
    under_way_->to_find_again = anything_new && watched;
    co_return watched;
}

bool monitor_task::watch_states(bool& anything_new) {
    if (!hub_) return false;
    const auto watch = [&](fs::watch_hub::subscription& standing, int object, std::uint32_t mask,
                           fs::watch_hub::subscriber tell, std::string name) {
        auto fresh = hub_->watch_state(object, mask, std::move(tell), std::move(name));
        if (!fresh) {
            say_not_watched(fresh.error());
            return false;
        }
        if (!standing.active() || standing.watch() != fresh->watch()) anything_new = true;
        standing = std::move(*fresh);
        return true;
    };

    bool all = true;
    if (seen()->directory.is_open()) {
        all = watch(
            directory_watch_, seen()->directory.get(), fs::directory_events,
            [this](std::uint32_t mask, std::string_view) {
                if (mask & IN_Q_OVERFLOW) return notify(notice::events_lost);
                if (mask & IN_UNMOUNT) return notify(notice::unmounted);
                notify(notice::path_changed);
            },
            config_.path.substr(config_.path.rfind('/') + 1));
    } else {
        directory_watch_.reset();
    }
    if (!seen()->file.is_open()) {
        write_watch_.reset();
        file_watch_.reset();
        return all;
    }
    all = watch(file_watch_, seen()->file.get(), file_events,
                [this](std::uint32_t mask, std::string_view) {
                    if (mask & IN_Q_OVERFLOW) return notify(notice::events_lost);
                    if (mask & IN_UNMOUNT) return notify(notice::unmounted);
                    notify(notice::file_changed);
                },
                {}) &&
          all;
    return watch_writes() && all;
}

bool monitor_task::watch_writes() {
    auto next_write = hub_->watch_next_write(seen()->file.get(), [this](std::uint32_t mask, std::string_view) {
        if (mask & IN_Q_OVERFLOW) return notify(notice::events_lost);
        // Re-arming may meet a watch that is just being spent, of which only the end is told then.
        if (mask & (IN_MODIFY | IN_CLOSE_WRITE | IN_IGNORED)) notify(notice::written);
    });
    if (!next_write) {
        say_not_watched(next_write.error());
        return false;
    }
    // Another number: the watch was spent since the file was found, by a write whose event will find no subscriber.
    if (write_watch_.active() && write_watch_.watch() != next_write->watch()) notify(notice::written);
    write_watch_ = std::move(*next_write);
    return true;
}

}  // namespace filemap
