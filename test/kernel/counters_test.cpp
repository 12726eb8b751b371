// A monitor's counters equal the issued I/O, on a real kernel.

#include "kernel/follow_fixture.hpp"

#include <filemap/dm/control_node.hpp>
#include <filemap/service.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include <fcntl.h>

namespace filemap::test {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t block = 4 * KiB;
constexpr std::uint64_t sectors_of_block = block / sector_size;

/// A host application with one file, in the thread of the test.
class host {
public:
    explicit host(const std::string& path, dm::counting_options counting = {}) {
        monitor_config config;
        config.path = path;
        config.counting = std::move(counting);
        config.delete_on_exit = true;
        config.interval = std::chrono::milliseconds{5};
        file_.emplace(service_.add(std::move(config)).value());
        service_.async_run([this](std::exception_ptr) { ended_ = true; });
        sync();
    }
    host(const host&) = delete;
    host& operator=(const host&) = delete;
    ~host() {
        service_.stop();
        run_until([this] { return ended_; });
        pool_.join();
    }

    void sync() {
        std::optional<error_code> outcome;
        file_->async_sync([&](error_code error) { outcome = error; });
        run_until([&] { return outcome.has_value(); });
        BOOST_TEST_REQUIRE(!*outcome, outcome->message());
    }

    file_counters read() {
        std::optional<error_code> outcome;
        file_counters counters;
        file_->async_read([&](error_code error, file_counters read) {
            outcome = error;
            counters = std::move(read);
        });
        run_until([&] { return outcome.has_value(); });
        BOOST_TEST_REQUIRE(!*outcome, outcome->message());
        return counters;
    }
    dm::counters total() { return read().total(); }

private:
    template <class Condition>
    void run_until(Condition holds) {
        const auto limit = std::chrono::steady_clock::now() + reaction_bound;
        while (!holds()) {
            BOOST_TEST_REQUIRE((std::chrono::steady_clock::now() < limit));
            io_.restart();
            io_.run_one_for(std::chrono::milliseconds{10});
        }
    }

    static service_options options() {
        service_options chosen;
        chosen.counter_cache_ttl = {};
        return chosen;
    }

    dm::control_node kernel_ = dm::control_node::open().value();
    asio::io_context io_;
    asio::thread_pool pool_{2};
    service service_{io_.get_executor(), pool_.get_executor(), kernel_, logger{}, options()};
    std::optional<monitor> file_;
    bool ended_ = false;
};

/// Allocates and writes all blocks, and waits for write-back.
void fill(const scratch_file& file, std::uint64_t size) {
    file.edit().allocate(0, 0, size);
    file.edit().write_and_sync(0, size);
    run_or_throw({"sync"});
}

BOOST_AUTO_TEST_SUITE(counters)

BOOST_AUTO_TEST_CASE(known_reads_and_writes_counted_exactly) {
    const scratch_file file;
    fill(file, 4 * MiB);
    host following(file.path(), {true, "1000,1000000000"});
    const dm::counters before = following.total();
    std::mt19937 random(1);
    std::uint64_t reads = 0, writes = 0;
    for (int i = 0; i < 200; ++i) {
        const std::uint64_t offset = random() % (4 * MiB / block) * block;
        if (random() % 2) {
            file.edit().read_direct(offset, block);
            ++reads;
        } else {
            file.edit().write_direct(offset, block);
            ++writes;
        }
    }
    file.edit().read_direct(MiB, 8 * block, 2 * block);
    const file_counters read = following.read();
    const dm::counters after = read.total();
    BOOST_TEST(after.reads - before.reads == reads + 4);
    BOOST_TEST(after.sectors_read.count() - before.sectors_read.count() == (reads + 8) * sectors_of_block);
    BOOST_TEST(after.writes - before.writes == writes);
    BOOST_TEST(after.sectors_written.count() - before.sectors_written.count() == writes * sectors_of_block);
    BOOST_TEST(after.in_flight == 0u);
    BOOST_TEST(after.read_time > before.read_time);
    std::uint64_t binned = 0;
    for (const std::uint64_t bin : after.histogram) binned += bin;
    BOOST_TEST(binned == after.reads + after.writes);
    BOOST_TEST((read.bounds == std::vector<std::uint64_t>{1000, 1'000'000'000}));
    BOOST_TEST(read.unit.count() == 1);
}

/// The I/O goes to the first half, which the remaps do not change.
BOOST_AUTO_TEST_CASE(totals_exact_across_200_remaps) {
    constexpr std::uint64_t half = 512 * KiB;
    const scratch_file file;
    fill(file, 2 * half);
    host following(file.path());
    const dm::counters before = following.total();
    dm::counters issued;
    std::mt19937 random(2);
    for (int i = 0; i < 200; ++i) {
        const std::uint64_t place = half + random() % (half / block) * block;
        switch (random() % 4) {
            case 0: file.edit().truncate(place); break;
            case 1: file.edit().allocate(0, place, block); break;
            case 2: file.edit().allocate(0, half, half); break;
            case 3: file.edit().allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, place, block); break;
        }
        following.sync();
        file.edit().read_direct(i * block % half, block);
        file.edit().write_direct(i * block % half, 2 * block, 2 * block);
        ++issued.reads;
        ++issued.writes;
        issued.sectors_read += sectors{sectors_of_block};
        issued.sectors_written += sectors{2 * sectors_of_block};
        const dm::counters now = following.total();
        BOOST_TEST_REQUIRE(now.reads - before.reads == issued.reads, "remap " << i);
        BOOST_TEST_REQUIRE((now.sectors_read - before.sectors_read == issued.sectors_read), "remap " << i);
        BOOST_TEST_REQUIRE(now.writes - before.writes == issued.writes, "remap " << i);
        BOOST_TEST_REQUIRE((now.sectors_written - before.sectors_written == issued.sectors_written), "remap " << i);
    }
    BOOST_TEST(following.read().carried.writes > 0u);
}

BOOST_AUTO_TEST_CASE(remaps_under_load_totals_monotonic) {
    constexpr std::uint64_t half = 512 * KiB;
    const scratch_file file;
    fill(file, 2 * half);
    host following(file.path());
    std::atomic<bool> over = false;
    std::thread load([&] {
        for (std::uint64_t i = 0; !over; ++i) file.edit().write_direct(i * block % half, block);
    });
    dm::counters last = following.total();
    int went_down = 0;
    for (int i = 0; i < 100; ++i) {
        file.edit().truncate(half + (i % 2) * block * (i % 64));
        following.sync();
        const dm::counters now = following.total();
        went_down += now.writes < last.writes || now.sectors_written < last.sectors_written ||
                     now.write_time < last.write_time || now.io_time < last.io_time;
        last = now;
    }
    over = true;
    load.join();
    BOOST_TEST(went_down == 0);
    BOOST_TEST(last.writes > 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
