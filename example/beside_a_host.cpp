// beside_a_host SOCKET FILE... - a program with a timer and a Unix socket that also monitors files, all in one
// thread. Sends the regions of each file and the number of timer ticks to clients of the socket. Ends when no file is
// left, or at SIGINT and SIGTERM. Needs CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH.

#include <filemap/dm/control_node.hpp>
#include <filemap/service.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

namespace {

class host {
public:
    host(asio::io_context& events, const std::string& socket) : timer_(events), acceptor_(events, socket) {
        tick();
        accept();
    }

    void add(filemap::monitor monitor) { monitors_.push_back(std::move(monitor)); }

    void stop() {
        timer_.cancel();
        acceptor_.close();
    }

private:
    void tick() {
        timer_.expires_after(std::chrono::milliseconds{10});
        timer_.async_wait([this](error_code error) {
            if (error) return;
            ++ticks_;
            tick();
        });
    }

    void accept() {
        acceptor_.async_accept([this](error_code error, stream_protocol::socket client) {
            if (error) return;
            answer(std::make_shared<stream_protocol::socket>(std::move(client)));
            accept();
        });
    }

    void answer(std::shared_ptr<stream_protocol::socket> client) {
        const auto text = std::make_shared<std::string>("ticks " + std::to_string(ticks_) + '\n');
        for (const filemap::monitor& monitor : monitors_) {
            const filemap::monitor_status& status = monitor.status();
            *text += "regions " + std::to_string(status.regions) + " syncs " + std::to_string(status.syncs) + '\n';
        }
        asio::async_write(*client, asio::buffer(*text), [client, text](error_code, std::size_t) {});
    }

    asio::steady_timer timer_;
    stream_protocol::acceptor acceptor_;
    std::vector<filemap::monitor> monitors_;
    unsigned long ticks_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
    if (argc < 3) throw std::runtime_error("usage: beside_a_host SOCKET FILE...");
    asio::io_context events{1};
    asio::thread_pool blocking{1};
    auto kernel = filemap::dm::control_node::open().value();
    filemap::service service(events.get_executor(), blocking.get_executor(), kernel, {});

    host own(events, argv[1]);
    for (int at = 2; at < argc; ++at) {
        filemap::monitor_config config;
        config.path = std::filesystem::absolute(argv[at]);
        own.add(service.add(std::move(config)).value());
    }

    asio::signal_set signals(events, SIGINT, SIGTERM);
    signals.async_wait([&](error_code error, int) {
        if (!error) service.stop();
    });
    service.async_run([&](std::exception_ptr thrown) {
        signals.cancel();
        own.stop();
        if (thrown) std::rethrow_exception(thrown);
    });
    std::cout << "ready" << std::endl;
    events.run();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
}
