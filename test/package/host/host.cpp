// host FILE - monitors a file with invented extents on a simulated kernel, beside a timer and a strand of its own in
// one event loop. The host and the library share Asio's objects. Prints an error and exits with status 1 on failure.

#include <filemap/dm/simulated_kernel.hpp>
#include <filemap/service.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <fcntl.h>

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr filemap::device_id device{253, 0};

void require(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error(what);
}

class file_of_made_up_extents final : public filemap::fs::file_tracker {
public:
    explicit file_of_made_up_extents(const std::string& path) {
        const filemap::fs::descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        real_ = filemap::fs::follow_file(path, filemap::fs::follow_mode::path, file.get()).value();
    }
    const filemap::fs::file_identity& first() const noexcept override { return real_->first(); }
    filemap::result<filemap::fs::file_snapshot> find() override { return real_->find(); }
    filemap::result<filemap::fs::extent_map> map(const filemap::fs::file_snapshot&, std::size_t) override {
        filemap::fs::extent_map map;
        ++maps_;
        for (unsigned n = 0; n < maps_; ++n) {
            map.ranges.push_back({filemap::sectors{1000U * n}, filemap::sectors{8}});
            ++map.extents;
        }
        return map;
    }

private:
    std::unique_ptr<filemap::fs::file_tracker> real_;
    unsigned maps_ = 0;
};

class host {
public:
    explicit host(std::string path) : path_(std::move(path)) {
        kernel_.add_device(device, filemap::sectors{1 << 20});
        options_.control_path.clear();
        service_.emplace(events_.get_executor(), blocking_.get_executor(), kernel_, filemap::logger{}, options_);
        filemap::monitor_config config;
        config.path = path_;
        config.alias_part = "\"file\"";
        config.follow = filemap::fs::follow_mode::path;
        filemap::monitor_handlers handlers;
        handlers.changed = [this](const filemap::monitor_status& status) { changed(status); };
        monitor_.emplace(service_->add(std::move(config), device, std::make_unique<file_of_made_up_extents>(path_),
                                       std::move(handlers)));
    }

    void run() {
        refuse_what_is_not_there();
        tick();
        limit_.async_wait([](error_code error) { require(!!error, "the file was not followed in time"); });
        // Runs on the strand, after the library has posted to the strand and the strand to the event loop.
        monitor_->async_sync(asio::bind_executor(strand_, [this](error_code error) {
            require(!error, "sync: " + error.message());
            require(strand_.running_in_this_thread(), "the handler is not on its strand");
            synced_ = true;
        }));
        service_->async_run([this](std::exception_ptr thrown) {
            if (thrown) std::rethrow_exception(thrown);
            ended_ = true;
            timer_.cancel();
            limit_.cancel();
        });
        events_.run();
        require(synced_ && ended_ && ticks_ > 0, "the event loop ended early");
    }

private:
    void refuse_what_is_not_there() {
        filemap::monitor_config config;
        config.path = path_ + ".not_there";
        const auto refused = service_->add(config);
        require(!refused, "a file that is not there is followed");
        require(refused.error().code == boost::system::errc::no_such_file_or_directory, refused.error().text());
        try {
            static_cast<void>(refused.value());
            require(false, "nothing is thrown");
        } catch (const boost::system::system_error& error) {
            require(error.code() == refused.error().code, error.what());
        }
        config.path = "relative";
        require(service_->add(config).error().code == boost::system::errc::invalid_argument, "a relative path");
    }

    void tick() {
        timer_.expires_after(std::chrono::milliseconds{1});
        timer_.async_wait([this](error_code error) {
            require(error == error_code() || error == asio::error::operation_aborted, error.message());
            ++ticks_;
            if (!ended_) tick();
        });
    }

    // Called by the library, whose idea of the thread must be the host's.
    void changed(const filemap::monitor_status& status) {
        require(events_.get_executor().running_in_this_thread(), "the event loop's thread is not known as such");
        bool at_once = false;
        asio::dispatch(events_, [&at_once] { at_once = true; });
        require(at_once, "dispatch does not run at once");
        if (status.regions == 1) std::ofstream(path_, std::ios::app) << "more";
        if (status.regions > 1) service_->stop();
    }

    std::string path_;
    filemap::dm::simulated_kernel kernel_;
    asio::io_context events_;
    asio::thread_pool blocking_{1};
    asio::strand<asio::io_context::executor_type> strand_{events_.get_executor()};
    asio::steady_timer timer_{events_};
    asio::steady_timer limit_{events_, std::chrono::seconds{20}};
    filemap::service_options options_;
    std::optional<filemap::service> service_;
    std::optional<filemap::monitor> monitor_;
    unsigned long ticks_ = 0;
    bool synced_ = false;
    bool ended_ = false;
};

}  // namespace

int main(int argc, char** argv) try {
    require(argc == 2, "usage: host FILE");
    std::ofstream{argv[1]} << "data";
    host{argv[1]}.run();
    std::cout << "followed\n";
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
