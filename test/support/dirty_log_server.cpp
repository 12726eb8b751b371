// A minimal server of dirty logs, with faults that the product does not have.
//
//   dirty-log-server STATE-DIRECTORY CLEAR-MILLISECONDS [not-durable]
//
// Takes its socket from the service manager, or creates a socket and stores it there. With "not-durable" no write waits
// for the disk.
#include "netlink/connector_socket.hpp"
#include "server/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace {

namespace asio = boost::asio;
using filemap::fs::descriptor;

constexpr std::size_t threads = 8;
constexpr int first_passed = 3;

/// Storage whose writes stay in the page cache, without any flush.
class forgetful final : public dirtylog::storage {
public:
    explicit forgetful(std::unique_ptr<storage> of) : of_(std::move(of)) {}
    dirtylog::result<void> reserve(dirtylog::bytes size) override { return of_->reserve(size); }
    dirtylog::result<void> read(dirtylog::bytes at, std::span<std::byte> into) override { return of_->read(at, into); }
    dirtylog::result<void> write(dirtylog::bytes at, std::span<const std::byte> from) override {
        return of_->write(at, from);
    }
    dirtylog::result<void> sync() override { return {}; }
    std::string device() const override { return of_->device(); }
    dirtylog::storage_place place() const override { return of_->place(); }

private:
    std::unique_ptr<storage> of_;
};

dirtylog::result<std::unique_ptr<dirtylog::storage>> open_forgetful(const std::string& path) {
    auto opened = dirtylog::open_log_storage(path);
    if (!opened) return opened;
    return std::unique_ptr<dirtylog::storage>(new forgetful(std::move(*opened)));
}

void report_manager(std::string_view text, int passed = -1) {
    const char* const name = std::getenv("NOTIFY_SOCKET");
    if (name == nullptr) return;
    const descriptor socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, name, sizeof address.sun_path - 1);
    iovec part{const_cast<char*>(text.data()), text.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    msghdr message{};
    message.msg_name = &address;
    message.msg_namelen = sizeof address;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (passed >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        cmsghdr* const head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(head), &passed, sizeof passed);
    }
    (void)::sendmsg(socket.get(), &message, 0);
}

descriptor socket_to_serve() {
    if (std::getenv("LISTEN_FDS") != nullptr) return descriptor{first_passed};
    auto opened = dirtylog::open_connector_socket();
    if (!opened) throw std::runtime_error(opened.error().text());
    report_manager("FDSTORE=1\nFDNAME=connector", opened->get());
    return std::move(*opened);
}

int serve(const std::string& directory, std::chrono::milliseconds clear_delay, bool is_durable) {
    asio::io_context events;
    asio::thread_pool blocking(threads);
    std::filesystem::create_directories(directory);
    const filemap::logger log(filemap::log_level::info, [](filemap::log_level, std::string_view text) {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
    });
    const auto boot = dirtylog::this_boot();
    if (!boot) throw std::runtime_error(boot.error().text());
    dirtylog::environment env{.directory = directory, .boot = *boot};
    if (!is_durable) env.open_log = open_forgetful;
    auto served = dirtylog::server::open(events.get_executor(), blocking.get_executor(), socket_to_serve(), env, log,
                                         {.protocol = {}, .clear_delay = clear_delay});
    if (!served) throw std::runtime_error(served.error().text());
    int status = 0;
    asio::signal_set signals(events, SIGTERM, SIGINT);
    signals.async_wait([&](const auto&, int) { served->stop(); });
    served->async_run([&](const std::exception_ptr& thrown, const filemap::error_code& error) {
        if (thrown || error) status = 1;
        signals.cancel();
    });
    // The server must not wait for memory that its clients need its answer to free.
    ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
    ::prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
    report_manager("READY=1");
    events.run();
    blocking.join();
    const auto counts = served->counts();
    std::fprintf(stderr, "requests %lu, answers %lu\n", counts.requests, counts.answers);
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: dirty-log-server STATE-DIRECTORY CLEAR-MILLISECONDS [not-durable]\n");
        return 2;
    }
    try {
        const bool is_durable = argc < 4 || std::string_view(argv[3]) != "not-durable";
        return serve(argv[1], std::chrono::milliseconds(std::atoi(argv[2])), is_durable);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "dirty-log-server: %s\n", e.what());
        return 1;
    }
}
