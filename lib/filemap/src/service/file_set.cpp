#include "service/file_set_state.hpp"
#include "service/watches.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace filemap {
namespace asio = boost::asio;

file_set::state::state(service& on, logger sink, file_set_handlers told, file_set_options chosen)
    : on_(on),
      events_(on.get_executor()),
      log_(std::move(sink)),
      handlers_(std::move(told)),
      options_(std::move(chosen)),
      mount_timer_(events_),
      retry_timer_(events_) {}

void file_set::state::open(asio::any_io_executor blocking) {
    blocking_queue::handlers handle;
    handle.begin = [this](number id) { return begin_search(id); };
    handle.end = [this](number id) { end_search(id); };
    handle.hangs = [this](number id) { on_hanging(id); };
    jobs_ = std::make_shared<blocking_queue>(
        events_, std::move(blocking), blocking_queue::limits{options_.lookups, options_.lookups, options_.hang_timeout},
        std::move(handle));
    hub_ = watches_of(on_);
    if (hub_) {
        watches_.emplace(*hub_, [this](number id) {
            if (entry* e = find(id)) look_for(*e);
        });
    }
    auto mounts = fs::mount_watch::open(events_, [this] { on_mounts(); });
    if (mounts) {
        mounts_.emplace(std::move(*mounts));
    } else {
        log_(log_level::warning, "what is mounted is not noticed: " + mounts.error().text());
    }
}

void file_set::state::close() {
    closed_ = true;
    jobs_->close();
    watches_.reset();
    mounts_.reset();
    mount_timer_.cancel();
    retry_timer_.cancel();
}

void file_set::state::apply(std::vector<file_request> files, unlisted_files others) {
    std::ranges::stable_sort(files, {}, &file_request::path);
    if (others == unlisted_files::end) remove_others(files);
    for (file_request& file : files) add(std::move(file));
    settle_due_ = true;
    on_settled();
}

void file_set::state::remove_others(const std::vector<file_request>& sorted) {
    std::vector<entry*> unwanted;
    auto next = sorted.begin();
    for (const auto& [path, e] : entries_) {
        while (next != sorted.end() && next->path < path) ++next;
        if (next == sorted.end() || next->path != path) unwanted.push_back(e.get());
    }
    for (entry* e : unwanted) remove(*e);
}

void file_set::state::add(file_request file) {
    entry* e = find(std::string_view(file.path));
    if (!e) {
        auto made = std::make_unique<entry>();
        e = made.get();
        e->request = std::move(file);
        e->id = ++last_id_;
        by_id_[e->id] = e;
        entries_.emplace(e->request.path, std::move(made));
        ++counts_[static_cast<std::size_t>(e->state)];
        if (handlers_.changed) handlers_.changed(info(*e));
        return look_for(*e);
    }
    const request_change change = change_between(e->request, file);
    // Keep the path: the map's key is a view of it.
    e->request.settings = std::move(file.settings);
    e->request.alias_part = std::move(file.alias_part);
    e->request.must_exist = file.must_exist;
    const bool was_leaving = std::exchange(e->leaves, leaving::no) == leaving::now;
    if (e->running) {
        e->restarts = e->restarts || was_leaving || change == request_change::monitor;
        if (e->restarts) set(*e, file_state::starting, {});
        if (change == request_change::settings) e->running->configure(config_of(*e));
        if (change == request_change::monitor) e->running->stop(stop_policy::delete_regions);
    } else if (change != request_change::none || e->state == file_state::ended || e->state == file_state::failed) {
        set(*e, file_state::starting, {});
        retry(*e);
    }
}

monitor_config file_set::state::config_of(const entry& e) {
    monitor_config config = *e.request.settings;
    config.path = e.request.path;
    config.group.reset();
    config.alias_part = e.request.alias_part;
    config.update_group = true;
    return config;
}

void file_set::state::remove(entry& e) {
    if (!e.running) return erase(e);
    e.leaves = leaving::now;
    e.running->stop();
}

void file_set::state::release(entry& e) {
    if (!e.running) return erase(e);
    if (e.leaves != leaving::no) return;
    e.leaves = leaving::when_ended;
    // The old file may have got a second name, which was found before the change.
    look_for_second_names(e);
}

void file_set::state::resync(entry& e, std::function<void(error_code)> done) {
    if (!done) done = [](error_code) {};
    if (e.running) return e.running->async_sync(std::move(done));
    set(e, file_state::starting, {});
    retry(e);
    done({});
}

void file_set::state::erase(entry& e) {
    if (watches_) watches_->remove(e.id);
    retried_.erase(e.id);
    second_names_.erase(e.id);
    give_key_up(e);
    std::erase_if(second_names_, [&e](const auto& names) { return names.second == e.id; });
    by_id_.erase(e.id);
    --counts_[static_cast<std::size_t>(e.state)];
    const auto node = entries_.extract(e.request.path);
    if (handlers_.removed) handlers_.removed(e.request.path);
    on_settled();
}

file_set::state::entry* file_set::state::find(number id) {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

file_set::state::entry* file_set::state::find(std::string_view path) {
    const auto found = entries_.find(path);
    return found == entries_.end() ? nullptr : found->second.get();
}

file_info file_set::state::info(const entry& e) {
    if (!e.running) return {e.request, e.state, e.reason, nullptr, nullptr};
    return {e.request, e.state, e.reason, &e.running->status(), &e.running->file()};
}

void file_set::state::log(log_level level, const entry& e, const std::string& text) const {
    if (log_.enabled(level)) log_(level, e.request.path + ": " + text);
}

file_set::file_set(service& on, asio::any_io_executor blocking, logger log, file_set_handlers handlers,
                   file_set_options options)
    : state_(std::make_shared<state>(on, std::move(log), std::move(handlers), std::move(options))) {
    state_->open(std::move(blocking));
}

file_set::~file_set() {
    state_->handlers_ = {};
    state_->close();
}

void file_set::apply(std::vector<file_request> files, unlisted_files others) {
    state_->apply(std::move(files), others);
}

void file_set::add(file_request file) {
    state_->add(std::move(file));
}

bool file_set::remove(const std::string& path) {
    state::entry* e = state_->find(std::string_view(path));
    if (e) state_->remove(*e);
    return e != nullptr;
}

void file_set::release(const std::string& path) {
    if (state::entry* e = state_->find(std::string_view(path))) state_->release(*e);
}

bool file_set::resync(const std::string& path, std::function<void(error_code)> done) {
    state::entry* e = state_->find(std::string_view(path));
    if (e) state_->resync(*e, std::move(done));
    return e != nullptr;
}

bool file_set::read(const std::string& path, std::function<void(error_code, const file_counters&)> done) const {
    const state::entry* e = state_->find(std::string_view(path));
    if (e && e->running) {
        e->running->async_read(std::move(done));
    } else if (e) {
        asio::post(state_->events_, [done = std::move(done)] { done(asio::error::operation_aborted, {}); });
    }
    return e != nullptr;
}

std::shared_ptr<fs::glob_watch> file_set::watch_glob(fs::glob_spec spec, asio::any_io_executor blocking,
                                                     fs::glob_handlers handlers) {
    return state_->watch_glob(std::move(spec), std::move(blocking), std::move(handlers));
}

void file_set::stop() {
    state_->close();
    state_->on_.stop();
}

std::size_t file_set::size() const noexcept {
    return state_->entries_.size();
}

const std::array<std::size_t, file_states>& file_set::counts() const noexcept {
    return state_->counts_;
}

std::size_t file_set::for_each_after(const std::string& path, std::size_t most,
                                     const std::function<void(const file_info&)>& told) const {
    std::size_t count = 0;
    for (auto at = state_->entries_.upper_bound(path); at != state_->entries_.end() && count < most; ++at, ++count)
        told(state::info(*at->second));
    return count;
}

bool file_set::with(const std::string& path, const std::function<void(const file_info&)>& told) const {
    const state::entry* e = state_->find(std::string_view(path));
    if (e) told(state::info(*e));
    return e != nullptr;
}

}  // namespace filemap
