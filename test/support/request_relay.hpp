#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace filemap::test {

/// Request types with the kernel's numbers.
enum class ulog_request : std::uint32_t {
    construct = 1,
    destroy,
    presuspend,
    postsuspend,
    resume,
    get_region_size,
    is_clean,
    in_sync,
    flush,
    mark,
    clear,
    get_resync_work,
    set_region_sync,
    get_sync_count,
    status_info,
    status_table,
    is_remote_recovering,
};

/// Relay between the kernel and a server. Hooks may drop a datagram, or act before it is passed on.
class request_relay {
public:
    enum class way { asked, answered };
    /// Called in the relay's thread, before and after a datagram is passed on. Returns false to drop the datagram.
    struct hooks {
        std::function<bool(way, ulog_request)> before;
        std::function<void(way, ulog_request)> after;
    };

    request_relay();
    request_relay(const request_relay&) = delete;
    request_relay& operator=(const request_relay&) = delete;
    ~request_relay();

    /// Socket for the server. The relay keeps ownership.
    [[nodiscard]] int server_end() const noexcept { return server_; }
    void set(hooks called);

private:
    void run();
    void pass(way direction, int from, int to);

    int kernel_ = -1;
    int relay_ = -1;
    int server_ = -1;
    int wake_ = -1;
    std::mutex mutex_;
    hooks hooks_;
    std::map<std::uint32_t, ulog_request> asked_;
    std::thread thread_;
};

}  // namespace filemap::test
