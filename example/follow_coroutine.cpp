// follow_coroutine FILE - monitors a file with coroutines until SIGINT or SIGTERM, and prints its changes. Needs
// CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH.

#include <filemap/dm/control_node.hpp>
#include <filemap/service.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace asio = boost::asio;

namespace {

asio::awaitable<void> follow(filemap::monitor monitor) {
    co_await monitor.async_sync(asio::use_awaitable);
    const filemap::monitor_status& status = monitor.status();
    std::cout << "in sync: " << status.extents << " extents, " << status.regions << " regions" << std::endl;
    co_await monitor.async_wait(asio::use_awaitable);
    std::cout << "ended: " << describe(status.end->reason) << std::endl;
}

asio::awaitable<void> run(filemap::service& service, asio::signal_set& signals) {
    co_await service.async_run(asio::use_awaitable);
    signals.cancel();
}

void rethrow(std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 2) throw std::runtime_error("usage: follow_coroutine FILE");
    asio::io_context events{1};
    // Runs blocking calls to the kernel, so that the event loop does not block.
    asio::thread_pool blocking{1};
    auto kernel = filemap::dm::control_node::open().value();
    filemap::service service(events.get_executor(), blocking.get_executor(), kernel, {});

    filemap::monitor_config config;
    config.path = std::filesystem::absolute(argv[1]);
    filemap::monitor monitor = service.add(std::move(config)).value();

    asio::signal_set signals(events, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code error, int) {
        if (!error) service.stop();
    });
    asio::co_spawn(events, run(service, signals), rethrow);
    asio::co_spawn(events, follow(std::move(monitor)), rethrow);
    events.run();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
}
