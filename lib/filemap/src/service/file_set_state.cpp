// Lookup and start of monitors for the files of a set.

#include "service/file_set_state.hpp"

#include <boost/asio/post.hpp>

namespace filemap {
namespace asio = boost::asio;
namespace {

// If the path changes faster than it can be walked, walk again after some time.
constexpr int max_in_row = 5;

}  // namespace

void file_set::state::look_for(entry& e) {
    if (closed_ || e.leaves == leaving::now) return;
    if (e.searched) {
        e.search_again = true;
    } else if (!std::exchange(e.queued, true)) {
        jobs_->add(e.id);
    }
}

void file_set::state::retry(entry& e) {
    if (e.running) return;
    e.rests = false;
    e.rests_on.reset();
    look_for(e);
}

std::function<void()> file_set::state::begin_search(number id) {
    entry* e = find(id);
    if (!e) return {};
    e->queued = false;
    e->searched = true;
    auto made = std::make_shared<search>();
    made->follow = e->request.settings->follow;
    searches_[id] = made;
    // A found file is usually monitored at once, and the monitor then has its own watches.
    const bool wants_way = e->rests || e->state == file_state::ended || e->state == file_state::failed;
    return [made, wants_way, path = e->request.path, find = options_.find] {
        made->found = find(path, made->follow);
        if (made->found) made->identity = made->found->access->first();
        if (made->found && !wants_way) return;
        made->way = fs::walk_path(path);
        // Closing the last descriptor of an unlinked file frees its blocks and waits for the device.
        made->way.end.close();
    };
}

void file_set::state::end_search(number id) {
    const auto done = searches_.extract(id);
    entry* e = find(id);
    if (!e) return;
    e->searched = false;
    const bool again = std::exchange(e->search_again, false);
    // If the request has changed meanwhile, look up the file again.
    const bool is_current = done.mapped()->follow == e->request.settings->follow;
    if (is_current && !e->running && e->leaves != leaving::now) conclude(*e, *done.mapped());
    e = find(id);
    if (e && again) look_for(*e);
}

void file_set::state::conclude(entry& e, search& what) {
    if (!what.found) return on_failure(e, what.found.error(), what.way);
    if (e.rests && !e.rests_on) e.rests_on = std::make_unique<fs::file_identity>(*what.identity);
    if (e.rests && *e.rests_on == *what.identity) return watch(e, what.way);
    e.rests = false;
    e.rests_on.reset();
    const file_key key{what.found->device, what.identity->inode};
    if (is_taken(e, key)) {
        if (e.state != file_state::failed) return;
        // If the name leads to another file, its way raises an event. Without an earlier failure the way was not
        // walked.
        return what.way.hops.empty() ? look_for(e) : watch(e, what.way);
    }
    take_key(e, key);
    start(e, std::move(*what.found));
}

void file_set::state::on_failure(entry& e, const failure& failed, const fs::path_way& way) {
    e.rests = false;
    e.rests_on.reset();
    const after_search then = what_follows(failed, e.request.path, e.request.must_exist);
    set(e, then.state, then.reason);
    if (then.watch_path) watch(e, way);
    if (then.retry) retry_later(e);
}

// Walks the path once more to find changes from before it was watched.
void file_set::state::watch(entry& e, const fs::path_way& way) {
    if (!watches_) return retry_later(e);
    const auto planted = watches_->plant(e.id, way.hops);
    if (!planted) {
        if (!std::exchange(e.way_said, true))
            log(log_level::warning, e, "cannot be watched, is looked for by time: " + planted.error().text());
        return retry_later(e);
    }
    if (!*planted) {
        e.searches_in_row = 0;
    } else if (++e.searches_in_row < max_in_row) {
        look_for(e);
    } else {
        e.searches_in_row = 0;
        retry_later(e);
    }
}

// A monitor in path mode may have moved to another file, so it is asked first.
bool file_set::state::is_taken(entry& e, const file_key& key) {
    const auto held = by_key_.find(key);
    entry* holder = held == by_key_.end() || held->second == e.id ? nullptr : find(held->second);
    if (!holder) {
        second_names_.erase(e.id);
        e.holder_asked = false;
        return false;
    }
    second_names_[e.id] = holder->id;
    // The file is looked up again when the holder has ended.
    if (holder->leaves == leaving::now) return true;
    if (holder->leaves == leaving::when_ended && holder->request.settings->follow == fs::follow_mode::inode) {
        holder->leaves = leaving::now;
        if (holder->running) holder->running->stop(stop_policy::keep_regions);
    } else if (holder->request.settings->follow == fs::follow_mode::path && !std::exchange(e.holder_asked, true)) {
        ask(*holder, e);
    } else {
        e.holder_asked = false;
        set(e, file_state::failed, "the same file as " + holder->request.path);
    }
    return true;
}

void file_set::state::ask(entry& holder, entry& e) {
    holder.running->async_sync([weak = weak_from_this(), asked = holder.id, asks = e.id](error_code error) {
        const auto self = weak.lock();
        if (!self || self->closed_) return;
        entry* has = self->find(asked);
        if (error && has) self->give_key_up(*has);
        if (entry* wants = self->find(asks)) self->look_for(*wants);
    });
}

void file_set::state::start(entry& e, fs::trackable_file file) {
    if (watches_) watches_->remove(e.id);
    retried_.erase(e.id);
    e.was_watching = false;
    set(e, file_state::starting, {});
    monitor_handlers told;
    told.watching = [weak = weak_from_this(), id = e.id](std::optional<group_id> group) {
        if (const auto self = weak.lock()) self->on_watching(id, group);
    };
    told.changed = [weak = weak_from_this(), id = e.id](const monitor_status& status) {
        if (const auto self = weak.lock()) self->on_synced(id, status);
    };
    // Posted, because the monitor is about to be destroyed.
    told.ended = [weak = weak_from_this(), id = e.id, events = events_](const monitor_end& end) {
        asio::post(events, [weak, id, end] {
            if (const auto self = weak.lock()) self->on_end(id, end);
        });
    };
    e.running.emplace(on_.add(config_of(e), file.device, std::move(file.access), std::move(told)));
}

void file_set::state::on_watching(number id, std::optional<group_id> group) {
    entry* e = find(id);
    if (!e) return;
    e->was_watching = true;
    log(log_level::notice, *e,
        "following, " + (group ? "group " + std::to_string(group->value()) : "no group while it has no extents"));
    set(*e, file_state::following, {});
}

void file_set::state::on_synced(number id, const monitor_status& status) {
    entry* e = find(id);
    if (!e || !e->running) return;
    // In path mode the monitor may have moved to another file.
    const file_key now{status.device, status.inode};
    if (status.inode != 0 && status.problem.empty() && e->key != now) {
        give_key_up(*e);
        take_key(*e, now);
    }
    if (handlers_.synced) handlers_.synced(info(*e));
}

void file_set::state::on_end(number id, const monitor_end& end) {
    entry* e = find(id);
    if (!e || !e->running) return;
    const fs::file_identity followed = e->running->file();
    e->running.reset();
    give_key_up(*e);
    if (e->leaves != leaving::no && !closed_) return erase(*e);
    if (std::exchange(e->restarts, false) && !closed_) {
        set(*e, file_state::starting, {});
        return look_for(*e);
    }
    const after_end then = what_follows(end, e->request.path, e->was_watching);
    e->rests = !then.try_same_file;
    if (e->rests && followed.inode != 0) e->rests_on = std::make_unique<fs::file_identity>(followed);
    set(*e, then.state, then.reason);
    if (closed_) return;
    if (then.retry) return retry_later(*e);
    look_for(*e);
}

void file_set::state::take_key(entry& e, const file_key& key) {
    if (by_key_.try_emplace(key, e.id).second) e.key = key;
}

void file_set::state::give_key_up(entry& e) {
    if (const auto held = e.key ? by_key_.find(*e.key) : by_key_.end(); held != by_key_.end() && held->second == e.id)
        by_key_.erase(held);
    // A released file may have a second name that waits for it.
    if (std::exchange(e.key, {})) look_for_second_names(e);
}

void file_set::state::look_for_second_names(const entry& e) {
    for (const auto& [second, holder] : second_names_) {
        if (entry* other = holder == e.id ? find(second) : nullptr; other && !other->running) look_for(*other);
    }
}

void file_set::state::on_hanging(number id) {
    entry* e = find(id);
    if (!e) return;
    log(log_level::warning, *e, "opening it has not returned for some time; it is followed when it does");
    if (!e->running) set(*e, file_state::waiting, "opening it does not return");
}

void file_set::state::set(entry& e, file_state to, std::string reason) {
    if (e.state == to && e.reason == reason) return;
    --counts_[static_cast<std::size_t>(e.state)];
    ++counts_[static_cast<std::size_t>(to)];
    e.state = to;
    e.reason = std::move(reason);
    if (!closed_) log_state(e);
    if (handlers_.changed) handlers_.changed(info(e));
    on_settled();
}

// A repeated failure, such as after each reload, is logged only when its reason changes.
void file_set::state::log_state(entry& e) const {
    switch (e.state) {
        case file_state::starting: return;
        case file_state::following: break;
        case file_state::waiting: log(log_level::notice, e, "waited for: " + e.reason); break;
        case file_state::ended: log(log_level::notice, e, "ended: " + e.reason); break;
        case file_state::failed:
            if (std::exchange(e.failure_said, e.reason) != e.reason)
                log(log_level::error, e, "cannot be followed: " + e.reason);
            return;
    }
    e.failure_said.clear();
}

void file_set::state::on_settled() {
    if (!settle_due_ || counts_[static_cast<std::size_t>(file_state::starting)] > 0) return;
    settle_due_ = false;
    asio::post(events_, [self = shared_from_this()] {
        if (!self->closed_ && self->handlers_.settled) self->handlers_.settled();
    });
}

void file_set::state::retry_later(entry& e) {
    retried_.insert(e.id);
    if (std::exchange(retry_waits_, true)) return;
    retry_timer_.expires_after(options_.retry);
    retry_timer_.async_wait([self = shared_from_this()](error_code error) {
        self->retry_waits_ = false;
        if (error || self->closed_) return;
        for (const number id : std::exchange(self->retried_, {})) {
            if (entry* which = self->find(id)) self->look_for(*which);
        }
    });
}

std::shared_ptr<fs::glob_watch> file_set::state::watch_glob(fs::glob_spec spec, boost::asio::any_io_executor blocking,
                                                            fs::glob_handlers handlers) {
    std::erase_if(globs_, [](const std::weak_ptr<fs::glob_watch>& glob) { return glob.expired(); });
    auto glob = std::make_shared<fs::glob_watch>(events_, std::move(blocking), hub_.get(), std::move(spec),
                                                 std::move(handlers), log_);
    globs_.push_back(glob);
    return glob;
}

void file_set::state::on_mounts() {
    if (mount_waits_) {
        mount_due_ = true;
        return;
    }
    look_for_absent();
    for (const std::weak_ptr<fs::glob_watch>& watched : globs_) {
        if (const auto glob = watched.lock()) glob->refresh_again();
    }
    mount_waits_ = true;
    mount_timer_.expires_after(options_.mount_pause);
    mount_timer_.async_wait([self = shared_from_this()](error_code error) {
        self->mount_waits_ = false;
        if (!error && !self->closed_ && std::exchange(self->mount_due_, false)) self->on_mounts();
    });
}

void file_set::state::look_for_absent() {
    for (auto& [path, e] : entries_) {
        const bool given_up = e->request.must_exist && e->state == file_state::failed;
        if (e->running || given_up) continue;
        if (e->state == file_state::ended) {
            look_for(*e);
        } else {
            retry(*e);
        }
    }
}

}  // namespace filemap
