#pragma once

#include "unit/filemap/fs/scratch_directory.hpp"
#include "watch/watch_hub.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <fstream>
#include <memory>

namespace filemap::test {

/// A hub that delivers events, and a directory to watch.
struct watch_fixture {
    watch_fixture() {
        auto opened = fs::watch_hub::open(io.get_executor());
        BOOST_REQUIRE(opened.has_value());
        hub = std::move(*opened);
        boost::asio::co_spawn(io, hub->run(), [](std::exception_ptr thrown, result<void> delivered) {
            BOOST_TEST(delivered.has_value());
            if (thrown) std::rethrow_exception(thrown);
        });
    }

    /// Delivers the queued events.
    void deliver() {
        io.restart();
        while (io.poll() > 0) {
        }
    }

    template <class Condition>
    bool run_until(Condition holds) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (!holds()) {
            if (std::chrono::steady_clock::now() > limit) return false;
            io.restart();
            io.run_one_for(std::chrono::milliseconds{10});
        }
        return true;
    }

    scratch_directory directory;
    boost::asio::io_context io;
    std::unique_ptr<fs::watch_hub> hub;
};

}  // namespace filemap::test
