#pragma once

#include "watch/inotify.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace filemap::fs {

/// Mask of all standing watches of directories, because the subscribers of an object share its mask.
inline constexpr std::uint32_t directory_events =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR;

/// Reads the access list of a file from its device before the file is watched, because all other threads wait while a
/// watch is set. A failure to read it does not matter.
/// @par Blocking Until the device answers.
void read_access_list(int object);

/**
 * @brief Holds all watches of a process, on two inotify instances.
 * @details
 * *States* are standing watches; *writes* are one-shot watches, so that a busy writer costs one event each time the
 * watch is armed. Two instances, because events of standing watches and of writes to many files would not merge in
 * one queue. An object can have several subscribers.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: `watch_state`, `watch_next_write` and the functions of
 * a subscription are safe; all others from the executor's thread, which also calls the subscribers. A running call
 * may outlast its subscription if that ends on another thread.
 */
class watch_hub {
public:
    /// Receives an event: its IN_* mask and, for a directory, the name. IN_Q_OVERFLOW means that events were lost;
    /// IN_IGNORED means that the watch has ended. Must not throw. May subscribe and unsubscribe.
    using subscriber = std::function<void(std::uint32_t mask, std::string_view name)>;

    /// Ends the subscription when destroyed.
    class subscription;

    /// @par Errors EMFILE at the limit on inotify instances.
    [[nodiscard]] static result<std::unique_ptr<watch_hub>> open(const boost::asio::any_io_executor& executor);
    /// Calls `close`.
    ~watch_hub();
    watch_hub(const watch_hub&) = delete;
    watch_hub& operator=(const watch_hub&) = delete;

    /// Sets a standing watch. All subscribers of one object use the same mask.
    /// @param name Report only events of this name in a directory, and of the directory itself. Empty: all events.
    /// @par Errors ENOSPC at the limit of watches.
    [[nodiscard]] result<subscription> watch_state(int object, std::uint32_t mask, subscriber tell,
                                                   std::string name = {});
    [[nodiscard]] result<subscription> watch_state(const char* path, std::uint32_t mask, subscriber tell);
    /// Sets a watch for the next write (IN_MODIFY) or closing after writing (IN_CLOSE_WRITE). The first event ends the
    /// watch.
    [[nodiscard]] result<subscription> watch_next_write(int object, subscriber tell);

    /// Returns true at the first call: one warning about the limit of watches is enough.
    [[nodiscard]] bool is_first_at_limit() noexcept { return !std::exchange(limit_was_met_, true); }

    /// Returns the number of queue overflows that the kernel has reported.
    [[nodiscard]] std::uint64_t overflows() const noexcept;

    /// Delivers events until closed, or until delivery fails or a subscriber throws: then all watches end, their
    /// subscribers receive IN_IGNORED, and the failure is returned.
    [[nodiscard]] boost::asio::awaitable<result<void>> run();
    /// Ends all watches, and `run`.
    void close();

private:
    struct entry;
    struct subscribers;
    struct instance;

    explicit watch_hub(inotify_stream states, inotify_stream writes);
    boost::asio::awaitable<result<void>> deliver(std::shared_ptr<instance> from);

    std::shared_ptr<instance> states_;
    std::shared_ptr<instance> writes_;
    bool limit_was_met_ = false;
};

class watch_hub::subscription {
public:
    subscription() noexcept = default;
    subscription(subscription&& other) noexcept;
    subscription& operator=(subscription&& other) noexcept;
    ~subscription();

    /// Returns the watch descriptor. Equal objects of one instance have equal descriptors while the watch lasts.
    [[nodiscard]] int watch() const noexcept { return watch_; }
    [[nodiscard]] bool active() const noexcept;
    void reset() noexcept;

private:
    friend class watch_hub;

    std::weak_ptr<instance> instance_;
    int watch_ = -1;
    std::uint64_t key_ = 0;
    std::string name_;
};

}  // namespace filemap::fs
