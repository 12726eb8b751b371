// follow_callbacks FILE - monitors a file with callbacks until SIGINT or SIGTERM, and prints its changes. Needs
// CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH.

#include <filemap/dm/control_node.hpp>
#include <filemap/service.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace {

filemap::monitor_handlers handlers() {
    filemap::monitor_handlers told;
    told.watching = [](std::optional<filemap::group_id> group) {
        std::cout << "watching: " << (group ? "group " + std::to_string(group->value()) : "no extents yet")
                  << std::endl;
    };
    told.changed = [](const filemap::monitor_status& status) {
        std::cout << "changed: " << status.extents << " extents, " << status.regions << " regions" << std::endl;
    };
    told.ended = [](const filemap::monitor_end& end) { std::cout << "ended: " << describe(end.reason) << std::endl; };
    return told;
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 2) throw std::runtime_error("usage: follow_callbacks FILE");
    asio::io_context events{1};
    asio::thread_pool blocking{1};
    auto kernel = filemap::dm::control_node::open().value();
    filemap::service service(events.get_executor(), blocking.get_executor(), kernel, {});

    filemap::monitor_config config;
    config.path = std::filesystem::absolute(argv[1]);
    filemap::monitor monitor = service.add(std::move(config), handlers()).value();
    monitor.async_sync([&monitor](boost::system::error_code error) {
        std::cout << "in sync: " << error.message() << ", " << monitor.status().regions << " regions" << std::endl;
    });

    asio::signal_set signals(events, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code error, int) {
        if (!error) service.stop();
    });
    service.async_run([&](std::exception_ptr thrown) {
        signals.cancel();
        if (thrown) std::rethrow_exception(thrown);
    });
    events.run();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
}
