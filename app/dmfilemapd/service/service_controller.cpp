#include "dmfilemapd/service/service_controller.hpp"

#include "common/cli/startup_error.hpp"
#include "dmfilemapd/api/file_json.hpp"
#include "dmfilemapd/service/settings_text.hpp"

#include <filemap/dm/group_descriptor.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace dmfilemapd {
namespace {

using control::event;
using control::refused;

// Limit of syncs in a row before the event loop runs other work.
constexpr std::size_t resyncs_in_a_row = 200;
// Minimum interval between two syncs of all files.
constexpr std::chrono::seconds resync_pause{1};
// Limit of pending maps per device. A map continues after its client disconnects, so the limit bounds the maps of a
// hung device.
constexpr std::size_t max_drawings = 4;

drawn_file drawn_file_of(const filemap::file_info& file) {
    filemap::monitor_config config = *file.request.settings;
    config.path = file.request.path;
    filemap::group_state group;
    group.id = file.status->group;
    group.program_id = config.program_id;
    group.alias_part = file.request.alias_part;
    group.owner_tag = filemap::owner_tag_of(config, *file.file);
    return {config.path, *file.file, file.status->device, std::move(group)};
}

refused refusal_of(const std::exception_ptr& why) {
    try {
        std::rethrow_exception(why);
    } catch (const file_is_gone& gone) {
        return {refused::cause::conflict, gone.what()};
    } catch (const std::exception& error) {
        return {refused::cause::failed, error.what()};
    }
}

refused no_such_file() {
    return {refused::cause::not_found, "no such file is followed"};
}

}  // namespace

/// Counts started and ended syncs. Completes when the last one ends.
struct service_controller::many_resyncs {
    explicit many_resyncs(std::vector<control::completion> when_done) : asked(std::move(when_done)) {}
    ~many_resyncs() {
        control::outcome outcome;
        if (failed > 0)
            outcome = refused{refused::cause::failed, std::to_string(failed) + " files could not be synchronised"};
        for (const control::completion& done : asked) done(outcome);
    }

    std::vector<control::completion> asked;
    std::size_t failed = 0;
};

service_controller::service_controller(filemap::service& service, boost::asio::any_io_executor blocking,
                                       filemap::file_set& files, file_selection& wanted, hot_spot_scan& hunter,
                                       metrics::shared_snapshots& figures, std::string configuration,
                                       std::function<void(control::completion)> reload)
    : service_(service),
      events_(service.get_executor()),
      blocking_(std::move(blocking)),
      files_(files),
      wanted_(wanted),
      hunter_(hunter),
      figures_(figures),
      configuration_(std::move(configuration)),
      reload_(std::move(reload)),
      started_at_(std::chrono::system_clock::now()),
      resync_pause_(events_) {}

void service_controller::on_changed(const filemap::file_info& file) {
    tell(event::kind::state, file, file.reason);
    // A file that is being removed starts again only if a source selects it again.
    if (file.state == filemap::file_state::starting) {
        answer(removals_, file.request.path, refused{refused::cause::conflict, "the file is asked for again"});
    } else if (additions_.contains(file.request.path)) {
        answer_addition(file);
    }
}

void service_controller::answer_addition(const filemap::file_info& file) {
    if (file.state != filemap::file_state::failed) return answer(additions_, file.request.path, {});
    // Posts the call, because the file set is being changed.
    boost::asio::post(events_, [this, path = file.request.path, reason = file.reason] { take_back(path, reason); });
}

void service_controller::take_back(const std::string& path, const std::string& reason) {
    // Another request may have removed the file meanwhile, and even added it again.
    if (!additions_.contains(path) || !has_failed(path)) return;
    wanted_.take_back(path);
    answer(additions_, path, refused{refused::cause::invalid, reason});
}

void service_controller::on_synced(const filemap::file_info& file) {
    if (!file.status) return;
    const std::string& path = file.request.path;
    const auto before = groups_.find(path);
    const bool differs =
        file.status->group ? before == groups_.end() || before->second != *file.status->group : before != groups_.end();
    if (differs) {
        if (file.status->group) {
            groups_.insert_or_assign(path, *file.status->group);
        } else {
            groups_.erase(before);
        }
        tell(event::kind::group, file, {});
    }
    const std::string& problem = file.status->problem;
    tell(problem.empty() ? event::kind::synced : event::kind::error, file, problem);
}

void service_controller::on_removed(const std::string& path) {
    groups_.erase(path);
    event gone;
    gone.what = event::kind::removed;
    gone.path = path;
    tell(std::move(gone));
    answer(removals_, path, {});
}

void service_controller::answer(waiting_requests& waiting, const std::string& path, const control::outcome& outcome) {
    const auto [first, last] = waiting.equal_range(path);
    std::vector<control::completion> answered;
    for (auto one = first; one != last; ++one) answered.push_back(std::move(one->second));
    waiting.erase(first, last);
    for (const control::completion& done : answered) done(outcome);
}

void service_controller::on_read(const std::string& error) {
    read_at_ = std::chrono::system_clock::now();
    read_error_ = error;
    event read;
    read.what = event::kind::reload;
    read.text = error;
    tell(std::move(read));
}

void service_controller::tell(event::kind what, const filemap::file_info& file, const std::string& text) {
    event happened;
    happened.what = what;
    happened.path = file.request.path;
    happened.state = file.state;
    if (file.status) {
        happened.group = file.status->group;
        happened.regions = file.status->regions;
        happened.extents = file.status->extents;
    }
    happened.text = text;
    tell(std::move(happened));
}

void service_controller::tell(event happened) {
    happened.number = ++last_event_;
    std::erase_if(hubs_, [&](const std::weak_ptr<control::event_hub>& one) {
        const auto hub = one.lock();
        if (hub) publish(*hub, happened);
        return !hub;
    });
}

control::service_status service_controller::status() const {
    control::service_status now;
    now.started_at = started_at_;
    now.configuration = configuration_;
    now.loaded_at = read_at_;
    now.load_error = read_error_;
    now.files = files_.counts();
    now.last_event = last_event_;
    return now;
}

bool service_controller::is_listed(const std::string& path) const {
    return files_.with(path, [](const filemap::file_info&) {});
}

bool service_controller::has_failed(const std::string& path) const {
    bool failed = false;
    files_.with(path, [&](const filemap::file_info& file) { failed = file.state == filemap::file_state::failed; });
    return failed;
}

control::file_summary service_controller::summary_of(const filemap::file_info& file) const {
    control::file_summary summary;
    summary.path = file.request.path;
    summary.state = file.state;
    summary.reason = file.reason;
    // If no glob matches a file any longer, the file is monitored until its monitor ends.
    summary.origin = control::file_origin::glob;
    if (const file_selection::naming* by = wanted_.naming_of(summary.path)) {
        summary.origin = by->origin;
        summary.named_at = by->where;
    }
    if (!file.status) return summary;
    summary.device = file.status->device;
    summary.group = file.status->group;
    summary.regions = file.status->regions;
    summary.extents = file.status->extents;
    summary.synced_at = file.status->synced_at;
    summary.error = file.status->problem;
    return summary;
}

std::vector<control::file_summary> service_controller::files_after(const std::string& path, std::size_t most) const {
    std::vector<control::file_summary> found;
    files_.for_each_after(path, most, [&](const filemap::file_info& file) { found.push_back(summary_of(file)); });
    return found;
}

std::optional<control::file_details> service_controller::find(const std::string& path) const {
    std::optional<control::file_details> found;
    files_.with(path, [&](const filemap::file_info& file) {
        found.emplace();
        found->summary = summary_of(file);
        filemap::dm::group_descriptor named;
        named.alias_part = file.request.alias_part;
        found->alias = named.alias();
        found->program_id = file.request.settings->program_id;
        if (file.status) found->monitor = *file.status;
        if (const file_selection::naming* by = wanted_.naming_of(path))
            found->settings = settings_in_words(by->settings->as_read);
    });
    return found;
}

void service_controller::add(const std::string& path, std::vector<control::setting> settings,
                             control::completion done) {
    if (is_listed(path)) return done(refused{refused::cause::conflict, "the file is followed already"});
    file_settings wanted;
    try {
        wanted = settings_from(defaults_, settings);
    } catch (const app::usage_error& wrong) {
        return done(refused{refused::cause::invalid, wrong.what()});
    }
    additions_.emplace(path, std::move(done));
    wanted_.add(path, wanted);
}

void service_controller::remove(const std::string& path, control::completion done) {
    if (!is_listed(path)) return done(no_such_file());
    answer(additions_, path, refused{refused::cause::conflict, "the file is removed again"});
    removals_.emplace(path, std::move(done));
    wanted_.remove(path);
}

void service_controller::resync(const std::string& path, control::completion done) {
    if (!is_listed(path)) return done(no_such_file());
    files_.resync(path, [done = std::move(done)](filemap::error_code error) {
        if (!error) return done({});
        done(refused{refused::cause::failed, error.message()});
    });
}

void service_controller::resync_all(control::completion done) {
    resync_waiters_.push_back(std::move(done));
    if (!resync_pauses_) begin_resync();
}

void service_controller::begin_resync() {
    resync_pauses_ = true;
    resync_pause_.expires_after(resync_pause);
    resync_pause_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        resync_pauses_ = false;
        if (!resync_waiters_.empty()) begin_resync();
    });
    resync_some(std::make_shared<many_resyncs>(std::exchange(resync_waiters_, {})), {});
}

void service_controller::resync_some(const std::shared_ptr<many_resyncs>& all, const std::string& after) {
    std::string last;
    std::vector<std::string> paths;
    files_.for_each_after(after, resyncs_in_a_row, [&](const filemap::file_info& file) {
        last = file.request.path;
        // Another program removed the group of an ended file, so a sync of all files skips it.
        if (file.state != filemap::file_state::ended) paths.push_back(last);
    });
    for (const std::string& path : paths) {
        files_.resync(path, [all](filemap::error_code error) { all->failed += error.failed(); });
    }
    if (last.empty()) return;
    boost::asio::post(events_, [this, all, last] { resync_some(all, last); });
}

void service_controller::map(const std::string& path, bool counted, control::text_completion done) {
    std::optional<drawn_file> drawn;
    const bool is_listed = files_.with(path, [&](const filemap::file_info& file) {
        if (file.file && file.file->inode != 0) drawn = drawn_file_of(file);
    });
    if (!is_listed) return done(no_such_file());
    if (!drawn) return done(refused{refused::cause::conflict, "the file is not followed at present"});
    const filemap::device_id device = drawn->device;
    auto& waiting = drawings_[device];
    if (waiting.size() >= max_drawings)
        return done(refused{refused::cause::too_many, "too many maps of files on the device are being drawn"});
    waiting.push_back({*std::move(drawn), counted, std::move(done)});
    if (waiting.size() == 1) draw_next(device);
}

void service_controller::draw_next(filemap::device_id device) {
    const wanted_drawing& next = drawings_.at(device).front();
    boost::asio::co_spawn(events_, draw_map(service_, blocking_, next.file, next.counted),
                          [this, device](const std::exception_ptr& why, std::string text) {
                              auto& waiting = drawings_.at(device);
                              const control::text_completion done = std::move(waiting.front().done);
                              waiting.pop_front();
                              if (waiting.empty()) {
                                  drawings_.erase(device);
                              } else {
                                  draw_next(device);
                              }
                              if (why) return done(refusal_of(why));
                              done(std::move(text));
                          });
}

std::function<void()> service_controller::scan(const std::string& device, std::function<void(std::string)> told,
                                               control::completion done) {
    return hunter_.start(device, std::move(told), std::move(done));
}

void service_controller::reload(control::completion done) {
    reload_(std::move(done));
}

void service_controller::on_event(std::weak_ptr<control::event_hub> told) {
    hubs_.push_back(std::move(told));
}

}  // namespace dmfilemapd
