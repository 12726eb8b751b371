#include "watch/inotify.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <cstring>
#include <string>

#include <unistd.h>

namespace filemap::fs {
namespace asio = boost::asio;

std::vector<inotify_event> parse_inotify_events(std::span<const std::byte> buffer) {
    std::vector<inotify_event> events;
    while (buffer.size() >= sizeof(::inotify_event)) {
        ::inotify_event head;
        std::memcpy(&head, buffer.data(), sizeof head);
        const std::size_t size = sizeof head + std::size_t{head.len};
        if (size > buffer.size()) break;
        std::string_view name(reinterpret_cast<const char*>(buffer.data()) + sizeof head, head.len);
        events.push_back({head.wd, head.mask, name.substr(0, name.find('\0'))});
        buffer = buffer.subspan(size);
    }
    return events;
}

inotify_stream::inotify_stream(asio::posix::stream_descriptor descriptor)
    : descriptor_(std::move(descriptor)), buffer_(16 * 1024) {}

result<inotify_stream> inotify_stream::open(const asio::any_io_executor& executor) {
    const int instance = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (instance < 0) return last_system_failure("inotify_init1");
    return inotify_stream(asio::posix::stream_descriptor(executor, instance));
}

result<int> inotify_stream::watch(const char* path, std::uint32_t mask) {
    const int watch = ::inotify_add_watch(descriptor_.native_handle(), path, mask);
    if (watch < 0) return last_system_failure("inotify_add_watch");
    return watch;
}

result<int> inotify_stream::watch(int object, std::uint32_t mask) {
    return watch(("/proc/self/fd/" + std::to_string(object)).c_str(), mask);
}

void inotify_stream::unwatch(int watch) noexcept {
    ::inotify_rm_watch(descriptor_.native_handle(), watch);
}

asio::awaitable<result<std::vector<inotify_event>>> inotify_stream::next() {
    for (;;) {
        const auto [error] = co_await descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                                                             asio::as_tuple(asio::use_awaitable));
        if (error) co_return failure{error, "inotify"};
        const ssize_t length = ::read(descriptor_.native_handle(), buffer_.data(), buffer_.size());
        if (length > 0) co_return parse_inotify_events({buffer_.data(), static_cast<std::size_t>(length)});
        if (errno != EAGAIN && errno != EINTR) co_return last_system_failure("inotify");
    }
}

void inotify_stream::close() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
}

}  // namespace filemap::fs
