#include "monitor/counter_reader.hpp"
#include "unit/filemap/service/service_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <atomic>
#include <future>
#include <utility>

using namespace filemap;
using namespace filemap::test;

namespace {

struct read_fixture : service_fixture {
    read_fixture() { options.counter_cache_ttl = 0ms; }

    /// Follows a file and waits for its first refresh.
    followed& follow_until_synced(const std::string& name, std::vector<sector_range> ranges) {
        followed& file = follow(name, std::move(ranges));
        if (!running) start();
        BOOST_TEST_REQUIRE(run_until([&] { return file.handle->status().syncs > 0; }));
        return file;
    }

    void end_service() {
        service_->stop();
        BOOST_TEST_REQUIRE(run_until([&] { return !running; }));
        service_.reset();
    }

    struct outcome {
        error_code error;
        file_counters counters;
    };

    auto keep(std::optional<outcome>& in) {
        return [&in](error_code error, file_counters counters) { in = {error, std::move(counters)}; };
    }

    outcome read(const followed& file) {
        std::optional<outcome> read;
        file.handle->async_read(keep(read));
        BOOST_TEST(!read.has_value());
        BOOST_TEST_REQUIRE(run_until([&] { return read.has_value(); }));
        return *std::move(read);
    }

    void sync(followed& file) {
        std::optional<error_code> synced;
        file.handle->async_sync([&](error_code error) { synced = error; });
        BOOST_TEST_REQUIRE(run_until([&] { return synced.has_value(); }));
        BOOST_TEST(!*synced);
    }

    void write_sectors(sector_range where) {
        kernel.complete_io(first_device, dm::io_direction::write, where, 2'000'000);
    }

    /// Counts `@stats_print` messages from this call on.
    void count_prints() {
        kernel.before_each_message([this](std::uint64_t, device_id, std::string_view text) {
            prints += text.starts_with("@stats_print ");
            return error_code();
        });
    }
    std::atomic<int> prints = 0;
};

std::vector<sector_range> many(std::uint64_t count) {
    std::vector<sector_range> ranges;
    for (std::uint64_t i = 0; i < count; ++i) ranges.push_back(range(100 + 16 * i, 8));
    return ranges;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(read_suite, read_fixture)

BOOST_AUTO_TEST_CASE(total_is_live_plus_carried) {
    auto& file = follow_until_synced("disk", {range(100, 8), range(200, 16)});
    write_sectors(range(100, 8));
    write_sectors(range(200, 16));
    file.extents->lies_at({range(100, 8)});
    sync(file);
    write_sectors(range(100, 4));
    const outcome told = read(file);
    BOOST_TEST(!told.error);
    BOOST_TEST(told.counters.live.writes == 2u);
    BOOST_TEST(told.counters.live.sectors_written.count() == 12u);
    BOOST_TEST(told.counters.carried.writes == 1u);
    BOOST_TEST((told.counters.carried == file.handle->status().carried));
    BOOST_TEST(told.counters.total().sectors_written.count() == 28u);
    BOOST_TEST(told.counters.total().write_time == 6u);
    BOOST_TEST(told.counters.regions == 1u);
    BOOST_TEST(told.counters.unit.count() == 1'000'000);
    BOOST_TEST(told.counters.bounds.empty());
    BOOST_TEST((std::chrono::system_clock::now() - told.counters.read_at < 1min));
}

BOOST_AUTO_TEST_CASE(stopped_service_reads_nothing) {
    auto& file = follow("disk", {range(100, 8)});
    BOOST_TEST(read(file).error == make_error_code(boost::system::errc::resource_unavailable_try_again));
    start();
    BOOST_TEST_REQUIRE(run_until([&] { return file.handle->status().syncs > 0; }));
    BOOST_TEST(!read(file).error);
}

BOOST_AUTO_TEST_CASE(ended_monitor_reads_nothing) {
    auto& file = follow_until_synced("disk", {range(100, 8)});
    file.handle->stop();
    BOOST_TEST_REQUIRE(run_until([&] { return file.end.has_value(); }));
    BOOST_TEST(read(file).error == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(message_error_reaches_reader) {
    auto& file = follow_until_synced("disk", {range(100, 8)});
    kernel.before_each_message([](std::uint64_t, device_id, std::string_view text) {
        return text.starts_with("@stats_print ") ? make_error_code(boost::system::errc::not_enough_memory)
                                                 : error_code();
    });
    BOOST_TEST(read(file).error == make_error_code(boost::system::errc::not_enough_memory));
    kernel.before_each_message({});
    BOOST_TEST(!read(file).error);
}

BOOST_AUTO_TEST_CASE(concurrent_readers_share_reading) {
    auto& file = follow_until_synced("disk", many(10));
    count_prints();
    std::optional<outcome> first, second;
    file.handle->async_read(keep(first));
    file.handle->async_read(keep(second));
    BOOST_TEST_REQUIRE(run_until([&] { return first && second; }));
    BOOST_TEST(prints == 10);
    read(file);
    BOOST_TEST(prints == 20);
}

BOOST_AUTO_TEST_CASE(reading_is_cached_for_ttl) {
    options.counter_cache_ttl = 1min;
    auto& file = follow_until_synced("disk", many(10));
    count_prints();
    const outcome first = read(file);
    write_sectors(range(100, 8));
    const outcome second = read(file);
    BOOST_TEST(prints == 10);
    BOOST_TEST((first.counters.read_at == second.counters.read_at));
    BOOST_TEST(second.counters.total().writes == 0u);
}

BOOST_AUTO_TEST_CASE(nobody_who_asks_costs_no_message) {
    auto& file = follow_until_synced("disk", many(10));
    count_prints();
    sync(file);
    BOOST_TEST(prints == 0);
}

BOOST_AUTO_TEST_CASE(refreshes_run_between_chunks) {
    constexpr int all_prints = 20 * int{counter_reader::part};
    auto& large = follow_until_synced("large", many(all_prints));
    int begun_at = -1;
    kernel.before_each_message([&](std::uint64_t, device_id, std::string_view text) {
        prints += text.starts_with("@stats_print ");
        if (text.starts_with("@stats_create 500000+8")) begun_at = prints;
        return error_code();
    });
    std::optional<outcome> told;
    large.handle->async_read(keep(told));
    auto& other = follow("other", {range(500'000, 8)});
    BOOST_TEST_REQUIRE(run_until([&] { return told && other.watching; }));
    BOOST_TEST(prints == all_prints);
    BOOST_TEST(begun_at >= 0);
    BOOST_TEST(begun_at < all_prints);
}

BOOST_AUTO_TEST_CASE(deleted_regions_stay_counted) {
    const auto all = many(10 * counter_reader::part);
    auto& file = follow_until_synced("disk", all);
    for (const sector_range& each : all) write_sectors(each);
    file.extents->lies_at({all.begin(), all.begin() + 100});
    std::optional<outcome> told;
    file.handle->async_read(keep(told));
    sync(file);
    BOOST_TEST_REQUIRE(run_until([&] { return told.has_value(); }));
    BOOST_TEST(told->counters.total().writes == all.size());
    BOOST_TEST(read(file).counters.total().writes == all.size());
    BOOST_TEST(read(file).counters.carried.writes == all.size() - 100);
}

BOOST_AUTO_TEST_CASE(cancelled_reader_leaves_others) {
    auto& file = follow_until_synced("disk", many(10));
    std::promise<void> go_on;
    kernel.before_each_message([&, may = go_on.get_future().share()](std::uint64_t, device_id, std::string_view) {
        may.wait();
        return error_code();
    });
    asio::cancellation_signal cancel;
    std::optional<outcome> cancelled, other;
    file.handle->async_read(asio::bind_cancellation_slot(cancel.slot(), keep(cancelled)));
    file.handle->async_read(keep(other));
    cancel.emit(asio::cancellation_type::total);
    BOOST_TEST_REQUIRE(run_until([&] { return cancelled.has_value(); }));
    BOOST_TEST(cancelled->error == asio::error::operation_aborted);
    BOOST_TEST(!other.has_value());
    go_on.set_value();
    BOOST_TEST_REQUIRE(run_until([&] { return other.has_value(); }));
    BOOST_TEST(!other->error);
}

BOOST_AUTO_TEST_CASE(stop_during_reading_aborts_reader) {
    auto& file = follow_until_synced("disk", many(20 * counter_reader::part));
    std::optional<outcome> told;
    file.handle->async_read(keep(told));
    file.handle->stop();
    BOOST_TEST_REQUIRE(run_until([&] { return file.end && told; }));
    BOOST_TEST(told->error == asio::error::operation_aborted);
    BOOST_TEST((covered().size() == 20u * counter_reader::part));
}

BOOST_AUTO_TEST_CASE(carried_counters_survive_restart) {
    options.state_directory = directory / "state";
    auto& file = follow_until_synced("disk", {range(100, 8), range(200, 8)});
    write_sectors(range(100, 8));
    write_sectors(range(200, 8));
    file.extents->lies_at({range(100, 8)});
    sync(file);
    BOOST_TEST(read(file).counters.total().writes == 2u);
    end_service();
    auto& again = follow_until_synced("disk", {range(100, 8)});
    write_sectors(range(100, 8));
    BOOST_TEST(read(again).counters.total().writes == 3u);
}

BOOST_AUTO_TEST_CASE(foreign_clear_survives_restart) {
    options.state_directory = directory / "state";
    auto& file = follow_until_synced("disk", {range(100, 8)});
    write_sectors(range(100, 8));
    BOOST_TEST(read(file).counters.total().writes == 1u);
    BOOST_TEST(dm::statistics(kernel, first_device).clear(region_id{0}).has_value());
    BOOST_TEST(read(file).counters.total().writes == 1u);
    end_service();
    auto& again = follow_until_synced("disk", {range(100, 8)});
    write_sectors(range(100, 8));
    BOOST_TEST(read(again).counters.total().writes == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
