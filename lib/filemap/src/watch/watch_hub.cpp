#include "watch/watch_hub.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include <sys/xattr.h>

namespace filemap::fs {
namespace asio = boost::asio;

// The kernel caches the list while the file is open.
void read_access_list(int object) {
    const std::string link = "/proc/self/fd/" + std::to_string(object);
    std::ignore = ::getxattr(link.c_str(), "system.posix_acl_access", nullptr, 0);
}

struct watch_hub::entry {
    std::uint64_t key = 0;
    subscriber tell;
};

/// Subscribers of one object. An event in a directory of ten thousand monitored files concerns only one of them.
struct watch_hub::subscribers {
    std::vector<entry> of_all;
    /// Subscribers of one name, created for the first subscriber of a name.
    std::unique_ptr<std::unordered_map<std::string, std::vector<entry>>> of_name;

    [[nodiscard]] bool empty() const noexcept { return of_all.empty() && (!of_name || of_name->empty()); }

    void add(const std::string& name, entry added) {
        if (!name.empty() && !of_name)
            of_name = std::make_unique<std::unordered_map<std::string, std::vector<entry>>>();
        (name.empty() ? of_all : (*of_name)[name]).push_back(std::move(added));
    }

    /// @return The removed entry, destroyed by the caller.
    [[nodiscard]] entry remove(const std::string& name, std::uint64_t key) {
        std::vector<entry>* among = find(name);
        if (!among) return {};
        const auto at = std::ranges::find(*among, key, &entry::key);
        if (at == among->end()) return {};
        entry removed = std::move(*at);
        among->erase(at);
        if (!name.empty() && among->empty()) of_name->erase(name);
        return removed;
    }

    [[nodiscard]] std::vector<entry>* find(const std::string& name) {
        if (name.empty()) return &of_all;
        if (!of_name) return nullptr;
        const auto found = of_name->find(name);
        return found == of_name->end() ? nullptr : &found->second;
    }

    [[nodiscard]] bool contains(const std::string& name, std::uint64_t key) {
        const std::vector<entry>* among = find(name);
        return among && std::ranges::any_of(*among, [key](const entry& e) { return e.key == key; });
    }

    struct told {
        std::string name;
        entry who;
    };

    /// Returns the subscribers of an event. @param name Name in the event. Empty if the event concerns the object
    /// itself, and so all subscribers.
    [[nodiscard]] std::vector<told> concerned_by(const std::string& name) {
        std::vector<told> found;
        const auto take = [&found](const std::string& asked, const std::vector<entry>& some) {
            for (const entry& e : some) found.push_back({asked, e});
        };
        take({}, of_all);
        if (!of_name) return found;
        if (name.empty()) {
            for (const auto& [asked, some] : *of_name) take(asked, some);
        } else if (const std::vector<entry>* some = find(name)) {
            take(name, *some);
        }
        return found;
    }
};

/// The mutex protects the subscriptions, which any thread may change. Not held while a subscriber is called or
/// destroyed.
struct watch_hub::instance : std::enable_shared_from_this<watch_hub::instance> {
    explicit instance(inotify_stream from) : stream(std::move(from)) {}

    /// @param object A descriptor or a path.
    template <class Object>
    result<subscription> watch(Object object, std::uint32_t mask, subscriber tell, std::string name) {
        // Lock before the first event can be delivered.
        const std::scoped_lock lock(mutex);
        const auto watch = stream.watch(object, mask);
        if (!watch) return watch.error();
        const std::uint64_t key = ++last_key;
        objects[*watch].add(name, {key, std::move(tell)});
        subscription made;
        made.instance_ = weak_from_this();
        made.watch_ = *watch;
        made.key_ = key;
        made.name_ = std::move(name);
        return made;
    }

    void remove(int watch, const std::string& name, std::uint64_t key) noexcept {
        entry removed;
        const std::scoped_lock lock(mutex);
        const auto found = objects.find(watch);
        if (found == objects.end()) return;
        removed = found->second.remove(name, key);
        if (!found->second.empty()) return;
        objects.erase(found);
        stream.unwatch(watch);
    }

    void close() {
        std::unordered_map<int, subscribers> ended;
        const std::scoped_lock lock(mutex);
        closed = true;
        stream.close();
        ended.swap(objects);
    }

    bool contains(int watch, const std::string& name, std::uint64_t key) {
        const std::scoped_lock lock(mutex);
        const auto found = objects.find(watch);
        return found != objects.end() && found->second.contains(name, key);
    }

    void deliver(const inotify_event& event) {
        if (event.mask & IN_Q_OVERFLOW) {
            ++overflows;
            return report_all(event.mask);
        }
        tell(event.watch, event.mask, event.name);
        // The kernel will not use this number again before the instance has used up all others.
        if (event.mask & IN_IGNORED) forget(event.watch);
    }

    // Delivers all events. A subscriber may throw, for example when memory is exhausted.
    result<void> deliver_all(const std::vector<inotify_event>& events) {
        try {
            for (const inotify_event& event : events) deliver(event);
        } catch (const std::exception& thrown) {
            return failure{make_error_code(boost::system::errc::state_not_recoverable), thrown.what()};
        }
        return {};
    }

    void end() {
        {
            const std::scoped_lock lock(mutex);
            stream.close();
        }
        for (const int watch : watched()) {
            try {
                tell(watch, IN_IGNORED, {});
            } catch (const std::exception&) {
                // Continue, so that the other subscribers receive the event.
            }
        }
        close();
    }

    void report_all(std::uint32_t mask) {
        for (const int watch : watched()) tell(watch, mask, {});
    }

    std::vector<int> watched() {
        const std::scoped_lock lock(mutex);
        std::vector<int> all;
        for (const auto& [watch, object] : objects) all.push_back(watch);
        return all;
    }

    // A subscriber may end its own or another subscription, so each one is looked up again before the call.
    void tell(int watch, std::uint32_t mask, std::string_view name) {
        for (const subscribers::told& told : concerned_by(watch, std::string(name))) {
            if (told.who.tell && contains(watch, told.name, told.who.key)) told.who.tell(mask, name);
        }
    }

    std::vector<subscribers::told> concerned_by(int watch, const std::string& name) {
        const std::scoped_lock lock(mutex);
        const auto found = objects.find(watch);
        return found == objects.end() ? std::vector<subscribers::told>{} : found->second.concerned_by(name);
    }

    void forget(int watch) {
        std::unordered_map<int, subscribers>::node_type forgotten;
        const std::scoped_lock lock(mutex);
        forgotten = objects.extract(watch);
    }

    std::mutex mutex;
    inotify_stream stream;
    bool closed = false;
    std::unordered_map<int, subscribers> objects;
    std::uint64_t last_key = 0;
    std::uint64_t overflows = 0;
};

watch_hub::subscription::subscription(subscription&& other) noexcept
    : instance_(std::move(other.instance_)), watch_(other.watch_), key_(other.key_), name_(std::move(other.name_)) {
    other.instance_.reset();
}

watch_hub::subscription& watch_hub::subscription::operator=(subscription&& other) noexcept {
    std::swap(instance_, other.instance_);
    std::swap(watch_, other.watch_);
    std::swap(key_, other.key_);
    std::swap(name_, other.name_);
    return *this;
}

watch_hub::subscription::~subscription() {
    reset();
}

bool watch_hub::subscription::active() const noexcept {
    const auto instance = instance_.lock();
    return instance && instance->contains(watch_, name_, key_);
}

void watch_hub::subscription::reset() noexcept {
    if (const auto instance = instance_.lock()) instance->remove(watch_, name_, key_);
    instance_.reset();
}

watch_hub::watch_hub(inotify_stream states, inotify_stream writes)
    : states_(std::make_shared<instance>(std::move(states))), writes_(std::make_shared<instance>(std::move(writes))) {}

watch_hub::~watch_hub() {
    close();
}

result<std::unique_ptr<watch_hub>> watch_hub::open(const asio::any_io_executor& executor) {
    auto states = inotify_stream::open(executor);
    if (!states) return states.error();
    auto writes = inotify_stream::open(executor);
    if (!writes) return writes.error();
    return std::unique_ptr<watch_hub>(new watch_hub(std::move(*states), std::move(*writes)));
}

result<watch_hub::subscription> watch_hub::watch_state(int object, std::uint32_t mask, subscriber tell,
                                                       std::string name) {
    return states_->watch(object, mask, std::move(tell), std::move(name));
}

result<watch_hub::subscription> watch_hub::watch_state(const char* path, std::uint32_t mask, subscriber tell) {
    return states_->watch(path, mask, std::move(tell), {});
}

result<watch_hub::subscription> watch_hub::watch_next_write(int object, subscriber tell) {
    return writes_->watch(object, IN_MODIFY | IN_CLOSE_WRITE | IN_ONESHOT, std::move(tell), {});
}

std::uint64_t watch_hub::overflows() const noexcept {
    return states_->overflows + writes_->overflows;
}

void watch_hub::close() {
    states_->close();
    writes_->close();
}

asio::awaitable<result<void>> watch_hub::deliver(std::shared_ptr<instance> from) {
    for (;;) {
        const auto events = co_await from->stream.next();
        if (!events && from->closed) co_return result<void>{};
        const result<void> delivered = events ? from->deliver_all(*events) : result<void>(events.error());
        if (delivered) continue;
        from->end();
        co_return delivered.error();
    }
}

asio::awaitable<result<void>> watch_hub::run() {
    const auto executor = co_await asio::this_coro::executor;
    auto both = asio::experimental::make_parallel_group(asio::co_spawn(executor, deliver(states_), asio::deferred),
                                                        asio::co_spawn(executor, deliver(writes_), asio::deferred));
    auto [order, states_threw, states, writes_threw, writes] =
        co_await both.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (states_threw) std::rethrow_exception(states_threw);
    if (writes_threw) std::rethrow_exception(writes_threw);
    co_return order[0] == 0 ? states : writes;
}

}  // namespace filemap::fs
