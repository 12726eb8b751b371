#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace filemap::test {

/// As the kernel numbers them.
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

/// Stands between the kernel and a server, and may lose what it passes on, or do something before it does.
class request_relay {
public:
    enum class way { asked, answered };
    /// Called in the relay's thread, before what it is called for is passed on and after. @return Whether it is.
    struct hooks {
        std::function<bool(way, ulog_request)> before;
        std::function<void(way, ulog_request)> after;
    };

    request_relay();
    request_relay(const request_relay&) = delete;
    request_relay& operator=(const request_relay&) = delete;
    ~request_relay();

    /// What the server is to be given as its socket; it stays this one's.
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
