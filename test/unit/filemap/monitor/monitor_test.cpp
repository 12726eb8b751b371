#include "support/process.hpp"
#include "unit/filemap/service/service_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <filesystem>
#include <future>
#include <utility>

using namespace filemap;
using namespace filemap::test;

namespace {

struct monitor_fixture : service_fixture {
    std::optional<error_code> outcome;
    auto keep_outcome() {
        return [this](error_code error) { outcome = error; };
    }
};

/// Returns true if this process has an unlinked file open.
bool is_open_though_deleted(const std::string& path) {
    for (const auto& open : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code closed;
        if (std::filesystem::read_symlink(open, closed) == path + " (deleted)") return true;
    }
    return false;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(monitor_suite, monitor_fixture)

BOOST_AUTO_TEST_CASE(status_tells_of_file_and_group) {
    auto& file = follow("disk", {range(100, 8), range(200, 16)});
    BOOST_TEST((file.handle->status().device == first_device));
    BOOST_TEST(file.handle->status().refreshes == 0u);
    start();
    BOOST_TEST(run_until([&] { return file.handle->status().syncs > 0; }));
    const monitor_status& status = file.handle->status();
    BOOST_TEST((status.group == group_id{0}));
    BOOST_TEST(status.regions == 2u);
    BOOST_TEST(status.missing_regions == 0u);
    BOOST_TEST(status.extents == 2u);
    BOOST_TEST(status.synced_at.has_value());
    BOOST_TEST(status.problem == "");
    BOOST_TEST(!status.end);
}

BOOST_AUTO_TEST_CASE(sync_finds_what_has_no_event) {
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(comes_to_cover({range(100, 8)}));
    file.extents->lies_at({range(300, 8)});
    file.handle->async_sync(keep_outcome());
    BOOST_TEST(!outcome);
    BOOST_TEST(run_until([&] { return outcome.has_value(); }));
    BOOST_TEST(*outcome == error_code());
    BOOST_TEST((covered() == std::vector{range(300, 8)}));
}

BOOST_AUTO_TEST_CASE(early_sync_waits_for_first_refresh) {
    auto& file = follow("disk", {range(100, 8)});
    file.handle->async_sync(keep_outcome());
    start();
    BOOST_TEST(run_until([&] { return outcome.has_value(); }));
    BOOST_TEST(*outcome == error_code());
    BOOST_TEST((covered() == std::vector{range(100, 8)}));
}

BOOST_AUTO_TEST_CASE(sync_reports_refresh_error) {
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(comes_to_cover({range(100, 8)}));
    file.extents->lies_at({range(300, 8)});
    bool failed = false;
    kernel.before_each_message([&failed](std::uint64_t, device_id, std::string_view text) {
        const bool fails = text.starts_with("@stats_create") && !std::exchange(failed, true);
        return fails ? make_error_code(boost::system::errc::not_enough_memory) : error_code();
    });
    file.handle->async_sync(keep_outcome());
    BOOST_TEST(run_until([&] { return outcome.has_value(); }));
    BOOST_TEST(*outcome == make_error_code(boost::system::errc::not_enough_memory));
    BOOST_TEST(file.handle->status().problem != "");
    BOOST_TEST(comes_to_cover({range(300, 8)}));
    BOOST_TEST(run_until([&] { return file.handle->status().problem.empty(); }));
}

BOOST_AUTO_TEST_CASE(many_syncs_find_silent_changes) {
    constexpr int count = 20;
    for (int i = 0; i < count; ++i) follow("disk" + std::to_string(i), {range(1000u * i, 8)});
    start();
    BOOST_TEST(run_until([&] { return std::ranges::all_of(files, [](const auto& f) { return f->watching; }); }));
    int synced = 0;
    for (int i = 0; i < count; ++i) {
        files[i]->extents->lies_at({range(1000u * i, 16)});
        // A refresh that maps nothing may already wait for a permit.
        std::ofstream{control} << "used";
        files[i]->handle->async_sync([&](error_code error) { synced += !error; });
    }
    BOOST_TEST(run_until([&] { return synced == count; }));
    BOOST_TEST(std::ranges::all_of(files, [](const auto& f) { return f->extents->maps() >= 2; }));
}

BOOST_AUTO_TEST_CASE(service_ends_despite_handles) {
    for (int i = 0; i < 20; ++i) follow("disk" + std::to_string(i), {range(1000u * i, 8)});
    start();
    io.run_one();
    service_->stop();
    BOOST_TEST(run_until([&] { return !running; }));
    BOOST_TEST(std::ranges::all_of(files, [](const auto& f) { return f->handle->status().end.has_value(); }));
}

BOOST_AUTO_TEST_CASE(sync_of_missing_file_fails) {
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(comes_to_cover({range(100, 8)}));
    std::filesystem::remove(file.path);
    file.handle->async_sync(keep_outcome());
    BOOST_TEST(run_until([&] { return outcome.has_value(); }));
    BOOST_TEST(*outcome == make_error_code(boost::system::errc::no_such_file_or_directory));
}

BOOST_AUTO_TEST_CASE(monitor_end_aborts_sync) {
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(comes_to_cover({range(100, 8)}));
    file.handle->async_sync(keep_outcome());
    file.handle->stop();
    BOOST_TEST(run_until([&] { return outcome.has_value(); }));
    BOOST_TEST(run_until([&] { return !running; }));
    outcome.reset();
    file.handle->async_sync(keep_outcome());
    BOOST_TEST(run_until([&] { return outcome.has_value(); }));
    BOOST_TEST(*outcome == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(waiting_is_cancelled_alone) {
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(comes_to_cover({range(100, 8)}));
    asio::cancellation_signal signal;
    file.handle->async_wait(asio::bind_cancellation_slot(signal.slot(), keep_outcome()));
    signal.emit(asio::cancellation_type::total);
    BOOST_TEST(run_until([&] { return outcome.has_value(); }));
    BOOST_TEST(*outcome == asio::error::operation_aborted);
    BOOST_TEST(running);
    BOOST_TEST(!file.end);
}

BOOST_AUTO_TEST_CASE(the_end_is_waited_for) {
    auto& file = follow("disk", {range(100, 8)});
    auto& other = follow("other", {range(500, 8)});
    start();
    BOOST_TEST(run_until([&] { return file.watching && other.watching; }));
    file.handle->async_wait(keep_outcome());
    file.handle->stop();
    BOOST_TEST(run_until([&] { return outcome.has_value(); }));
    BOOST_TEST(*outcome == error_code());
    BOOST_REQUIRE(file.handle->status().end);
    BOOST_TEST((file.handle->status().end->reason == end_reason::stopped));
    BOOST_TEST(running);
    BOOST_TEST(!other.end);
}

BOOST_AUTO_TEST_CASE(configured_stop_deletes_regions) {
    common_config.delete_on_exit = true;
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(comes_to_cover({range(100, 8)}));
    file.handle->stop();
    BOOST_TEST(run_until([&] { return !running; }));
    BOOST_TEST(kernel.message(first_device, "@stats_list").value().empty());
}

BOOST_AUTO_TEST_CASE(only_changes_are_reported) {
    int changes = 0;
    common_handlers.changed = [&](const monitor_status&) { ++changes; };
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(run_until([&] { return changes == 1; }));
    file.handle->async_sync(keep_outcome());
    BOOST_TEST(run_until([&] { return outcome.has_value(); }));
    BOOST_TEST(changes == 1);
    file.extents->lies_at({range(100, 8), range(300, 8)});
    file.handle->async_sync(keep_outcome());
    BOOST_TEST(run_until([&] { return changes == 2; }));
}

BOOST_AUTO_TEST_CASE(verify_period_is_per_file) {
    options.verify = 0ms;
    auto& never = follow("never", {range(100, 8)});
    common_config.verify = 30ms;
    auto& often = follow("often", {range(1000, 8)}, second_device);
    start();
    BOOST_TEST(run_until([&] { return never.watching && often.watching; }));
    const int maps = never.extents->maps();
    often.extents->lies_at({range(2000, 8)});
    BOOST_TEST(comes_to_cover({range(2000, 8)}, second_device));
    BOOST_TEST(never.extents->maps() == maps);
}

// Closing the last descriptor frees the blocks, which waits for the device.
BOOST_AUTO_TEST_CASE(unlinked_file_closes_off_loop) {
    bool on_idle = false;
    options.idle_timeout = 100ms;
    options.on_idle = [&] { on_idle = true; };
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST_REQUIRE(run_until([&] { return file.watching && on_idle; }));
    const int maps = file.extents->maps();

    std::promise<void> loop_waits;
    std::optional<bool> closed_elsewhere;
    file.extents->after_next_find([&] {
        std::filesystem::remove(file.path);
        asio::post(io, [&] {
            loop_waits.set_value();
            closed_elsewhere = wait_until([&] { return !is_open_though_deleted(file.path); }, std::chrono::seconds{10});
        });
        loop_waits.get_future().wait_for(std::chrono::seconds{10});
    });
    std::filesystem::permissions(file.path, std::filesystem::perms::owner_read);
    BOOST_TEST_REQUIRE(run_until([&] { return closed_elsewhere.has_value(); }));
    BOOST_TEST(*closed_elsewhere);
    BOOST_TEST(file.extents->maps() == maps, "it was mapped: the test proves nothing");
}

BOOST_AUTO_TEST_SUITE_END()
