#pragma once

#include <filemap/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <sys/inotify.h>

namespace filemap::fs {

/// An event. Its name is a view into the stream's buffer, valid until the next read.
struct inotify_event {
    int watch = -1;
    /// IN_* flags.
    std::uint32_t mask = 0;
    std::string_view name;
};

/// Parses the bytes that read(2) returned. A record that the buffer truncates ends the list.
[[nodiscard]] std::vector<inotify_event> parse_inotify_events(std::span<const std::byte> buffer);

/**
 * @brief An inotify instance as an asynchronous stream of events.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe, but `watch` and `unwatch` may be called beside
 * `next`.
 * @par Source         inotify(7).
 */
class inotify_stream {
public:
    /// @par Errors EMFILE at the limit on instances or descriptors.
    [[nodiscard]] static result<inotify_stream> open(const boost::asio::any_io_executor& executor);

    /**
     * @brief Watches the object of a descriptor, which may be O_PATH.
     * @return The watch descriptor. If the object is already watched, returns the existing one and replaces its mask.
     * @par Errors ENOSPC at the limit on watches.
     */
    [[nodiscard]] result<int> watch(int object, std::uint32_t mask);
    [[nodiscard]] result<int> watch(const char* path, std::uint32_t mask);
    void unwatch(int watch) noexcept;

    /// Waits for events and returns the queued events, at most one full buffer. Views are valid until the next call.
    /// @par Cancellation Terminal, partial and total: no event is read.
    [[nodiscard]] boost::asio::awaitable<result<std::vector<inotify_event>>> next();

    void close();

private:
    explicit inotify_stream(boost::asio::posix::stream_descriptor descriptor);

    boost::asio::posix::stream_descriptor descriptor_;
    std::vector<std::byte> buffer_;
};

}  // namespace filemap::fs
