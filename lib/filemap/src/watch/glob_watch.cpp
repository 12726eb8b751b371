#include "async/blocking_call.hpp"
#include "watch/glob_scan.hpp"
#include "watch/path_watches.hpp"
#include "watch/watch_hub.hpp"

#include <filemap/fs/glob_watch.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace filemap::fs {
namespace asio = boost::asio;

namespace {

constexpr path_watches::subscriber_id the_base = 0;

std::pair<std::string, std::string> split(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

struct glob_watch::state : std::enable_shared_from_this<glob_watch::state> {
    struct directory {
        std::size_t depth = 0;
        watch_hub::subscription watch;
        std::set<std::string> files;
        std::set<std::string> subdirectories;
        // Changed names, from events.
        std::set<std::string> changed;
    };

    state(asio::any_io_executor to, asio::any_io_executor may_block, watch_hub* with, glob_pattern what,
          glob_handlers told, logger sink, glob_limits most)
        : events(std::move(to)),
          blocking(std::move(may_block)),
          hub(with),
          pattern(std::move(what)),
          handlers(std::move(told)),
          log(std::move(sink)),
          limits(most),
          again(events) {
        if (hub) way.emplace(*hub, [this](path_watches::subscriber_id) { refresh_again(); });
    }

    void refresh_again() {
        base_due = true;
        go_on();
    }

    void go_on() {
        if (std::exchange(working, true)) return;
        asio::co_spawn(events, work(shared_from_this()), [self = shared_from_this()](std::exception_ptr error) {
            self->working = false;
            if (error)
                self->log(log_level::error, self->pattern.spec().pattern + ": cannot be read; tried again later");
            if (error) self->refresh_again_later();
        });
    }

    asio::awaitable<void> run_blocking(std::function<void()> job) {
        co_await async_blocking_call(events, blocking, std::move(job), asio::use_awaitable);
    }

    static asio::awaitable<void> work(std::shared_ptr<state> self) {
        while (!self->closed) {
            // The running scan ends first, so that at most one more is pending.
            if (!self->to_read.empty()) {
                const auto [path, depth] = self->to_read.front();
                self->to_read.pop_front();
                co_await self->read(path, depth);
            } else if (std::exchange(self->base_due, false)) {
                co_await self->find_base();
            } else if (!self->to_check.empty()) {
                const std::string path = self->to_check.extract(self->to_check.begin()).value();
                co_await self->check(path);
            } else {
                self->on_ready();
                break;
            }
        }
    }

    void on_ready() {
        if (!std::exchange(is_ready, true) && handlers.ready) handlers.ready();
    }

    // Watch the base's way before the last check for the base.
    asio::awaitable<void> find_base() {
        path_way walked;
        std::function<void()> walk = [&walked, this] {
            walked = walk_path(pattern.base());
            walked.end.close();
        };
        co_await run_blocking(walk);
        if (closed) co_return;
        if (way) {
            const auto planted = way->plant(the_base, walked.hops);
            if (!planted) cannot_watch(planted.error());
            if (planted && *planted) base_due = true;
        } else {
            refresh_again_later();
        }
        if (!base_due) to_read.emplace_front(pattern.base(), 0);
    }

    // A change between watching and reading is found twice.
    asio::awaitable<void> read(const std::string& path, std::size_t depth) {
        descriptor opened;
        std::function<void()> open = [&] { opened = open_directory(path, depth == 0); };
        co_await run_blocking(open);
        if (closed) co_return;
        if (!opened.is_open()) co_return drop_directory(path);
        if (!watch(path, depth, opened)) co_return;
        std::optional<directory_listing> listing;
        std::function<void()> list = [&] {
            listing = list_directory(opened, pattern, depth, path);
            // Closing a removed directory frees it and waits for its device.
            opened.close();
        };
        co_await run_blocking(list);
        if (closed) co_return;
        if (!listing) co_return refresh_again_later();
        if (const auto at = directories.find(path); at != directories.end()) take(path, at->second, *listing);
    }

    bool watch(const std::string& path, std::size_t depth, const descriptor& file) {
        if (!directories.contains(path) && directories.size() >= limits.directories) {
            beyond(std::to_string(limits.directories) + " directories");
            return false;
        }
        directory& at = directories[path];
        at.depth = depth;
        if (!hub) return true;
        auto fresh =
            hub->watch_state(file.get(), directory_events,
                             [this, path](std::uint32_t mask, std::string_view name) { note(path, mask, name); });
        if (fresh) {
            at.watch = std::move(*fresh);
        } else {
            cannot_watch(fresh.error());
        }
        return true;
    }

    void note(const std::string& path, std::uint32_t mask, std::string_view name) {
        if (mask & IN_Q_OVERFLOW) return refresh_again();
        if (name.empty()) return on_directory(path);
        const auto at = directories.find(path);
        if (at == directories.end()) return;
        std::string changed(name);
        const std::size_t depth = at->second.depth;
        const bool matters =
            mask & IN_ISDIR ? pattern.enters(depth, path, changed) : pattern.matches(depth, path, changed);
        if (matters || at->second.files.contains(changed)) on_name(path, at->second, std::move(changed));
    }

    void on_directory(const std::string& path) {
        if (path == pattern.base()) return refresh_again();
        auto [parent, name] = split(path);
        if (const auto at = directories.find(parent); at != directories.end()) on_name(parent, at->second, name);
    }

    void on_name(const std::string& path, directory& at, std::string name) {
        at.changed.insert(std::move(name));
        to_check.insert(path);
        go_on();
    }

    asio::awaitable<void> check(const std::string& path) {
        auto at = directories.find(path);
        if (at == directories.end()) co_return;
        const std::set<std::string> names = std::exchange(at->second.changed, {});
        const std::size_t depth = at->second.depth;
        directory_listing listing;
        std::function<void()> refresh = [&] { listing = list_names(names, pattern, depth, path); };
        co_await run_blocking(refresh);
        if (closed) co_return;
        at = directories.find(path);
        if (at == directories.end()) co_return;
        for (const std::string& name : names) {
            if (listing.files.contains(name)) {
                add_file(path, at->second, name);
            } else {
                drop_file(path, at->second, name);
            }
            // The directory of this name may have been replaced.
            if (at->second.subdirectories.contains(name)) drop_directory(joined_path(path, name));
            if (listing.directories.contains(name)) add_directory(path, at->second, name);
        }
    }

    void take(const std::string& path, directory& at, const directory_listing& listing) {
        for (const std::string& name : std::set<std::string>(at.files)) {
            if (!listing.files.contains(name)) drop_file(path, at, name);
        }
        for (const std::string& name : listing.files) add_file(path, at, name);
        for (const std::string& name : std::set<std::string>(at.subdirectories)) {
            if (!listing.directories.contains(name)) drop_directory(joined_path(path, name));
        }
        for (const std::string& name : listing.directories) add_directory(path, at, name);
    }

    void add_file(const std::string& path, directory& at, const std::string& name) {
        if (at.files.contains(name)) return;
        if (files >= limits.files) return beyond(std::to_string(limits.files) + " files");
        at.files.insert(name);
        ++files;
        if (!closed && handlers.found) handlers.found(joined_path(path, name));
    }

    void drop_file(const std::string& path, directory& at, const std::string& name) {
        if (at.files.erase(name) == 0) return;
        --files;
        if (!closed && handlers.gone) handlers.gone(joined_path(path, name));
    }

    void add_directory(const std::string& path, directory& at, const std::string& name) {
        at.subdirectories.insert(name);
        to_read.emplace_back(joined_path(path, name), at.depth + 1);
    }

    void drop_directory(const std::string& path) {
        if (const auto parent = directories.find(split(path).first); parent != directories.end() && path != "/")
            parent->second.subdirectories.erase(split(path).second);
        auto node = directories.extract(path);
        if (node.empty()) return;
        directory& old = node.mapped();
        for (const std::string& name : std::set<std::string>(old.files)) drop_file(path, old, name);
        for (const std::string& name : old.subdirectories) drop_directory(joined_path(path, name));
    }

    void beyond(const std::string& limit) {
        if (std::exchange(limit_said, true)) return;
        log(log_level::warning, pattern.spec().pattern + ": more than " + limit + "; the others are left out");
    }

    void cannot_watch(const failure& failed) {
        if (!std::exchange(unwatched_said, true))
            log(log_level::warning, pattern.spec().pattern + ": cannot be watched, is read by time: " + failed.text());
        refresh_again_later();
    }

    void refresh_again_later() {
        again.expires_after(limits.unwatched);
        again.async_wait([self = shared_from_this()](error_code error) {
            if (!error && !self->closed) self->refresh_again();
        });
    }

    asio::any_io_executor events;
    asio::any_io_executor blocking;
    watch_hub* hub;
    glob_pattern pattern;
    glob_handlers handlers;
    logger log;
    glob_limits limits;
    std::optional<path_watches> way;
    asio::steady_timer again;
    std::map<std::string, directory> directories;
    std::size_t files = 0;
    std::deque<std::pair<std::string, std::size_t>> to_read;
    std::set<std::string> to_check;
    bool base_due = false;
    bool working = false;
    bool is_ready = false;
    bool limit_said = false;
    bool unwatched_said = false;
    bool closed = false;
};

glob_watch::glob_watch(asio::any_io_executor events, asio::any_io_executor blocking, watch_hub* hub, glob_spec spec,
                       glob_handlers handlers, logger log, glob_limits limits)
    : state_(std::make_shared<state>(std::move(events), std::move(blocking), hub, glob_pattern(std::move(spec)),
                                     std::move(handlers), std::move(log), limits)) {
    state_->refresh_again();
}
glob_watch::glob_watch(glob_watch&&) noexcept = default;
glob_watch& glob_watch::operator=(glob_watch&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

glob_watch::~glob_watch() {
    if (!state_) return;
    state_->closed = true;
    state_->again.cancel();
    state_->way.reset();
    state_->directories.clear();
}

const glob_spec& glob_watch::spec() const noexcept {
    return state_->pattern.spec();
}

bool glob_watch::ready() const noexcept {
    return state_->is_ready;
}

void glob_watch::for_each(const std::function<void(const std::string&)>& told) const {
    for (const auto& [path, at] : state_->directories) {
        for (const std::string& name : at.files) told(joined_path(path, name));
    }
}

bool glob_watch::contains(const std::string& path) const {
    const auto [parent, name] = split(path);
    const auto at = state_->directories.find(parent);
    return at != state_->directories.end() && at->second.files.contains(name);
}

void glob_watch::refresh_again() {
    state_->refresh_again();
}

}  // namespace filemap::fs
