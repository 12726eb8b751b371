#include "unit/filemap/monitor/monitor_driver.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

namespace filemap::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

BOOST_AUTO_TEST_SUITE(monitor_fsm_suite)

BOOST_AUTO_TEST_CASE(start_maps_at_once) {
    driver monitor;
    BOOST_TEST(monitor.at(0) == "map, confirm");
    BOOST_TEST(monitor.answer(present(true)) == "wait");
    BOOST_TEST(monitor.at(10'000'000) == "wait");
}

BOOST_AUTO_TEST_CASE(event_after_quiet_refreshes_at_once) {
    for (const monitor_event what :
         {monitor_event::written, monitor_event::file_changed, monitor_event::path_changed}) {
        settled monitor;
        monitor.tell(5000, what);
        BOOST_TEST(monitor.next() == "look");
        BOOST_TEST(monitor.answer(present(true)) == "wait");
    }
}

BOOST_AUTO_TEST_CASE(space_past_end_is_checked_again) {
    refresh_result looked = present(true);
    looked.past_end = true;
    settled monitor;
    monitor.tell(5000, monitor_event::written);
    BOOST_TEST(monitor.next() == "look");
    BOOST_TEST(monitor.answer(looked) == "wait until 5250");
    BOOST_TEST(monitor.at(5250) == "look");
    BOOST_TEST(monitor.answer(looked) == "wait");

    monitor.tell(9000, monitor_event::written);
    BOOST_TEST(monitor.next() == "look");
    monitor.tell(9100, monitor_event::written);
    BOOST_TEST(monitor.answer(looked) == "wait until 9350");
    BOOST_TEST(monitor.at(9350) == "look");
    BOOST_TEST(monitor.answer(looked) == "wait until 9600");
    BOOST_TEST(monitor.at(9600) == "look");
    BOOST_TEST(monitor.answer(present(false)) == "wait");
}

BOOST_AUTO_TEST_CASE(soon_event_waits_for_interval) {
    settled monitor;
    monitor.tell(100, monitor_event::file_changed);
    BOOST_TEST(monitor.next() == "wait until 250");
    BOOST_TEST(monitor.at(250) == "look");
}

monitor_fsm::timing each_hour() {
    monitor_fsm::timing times;
    times.interval = std::chrono::hours{1};
    return times;
}

BOOST_AUTO_TEST_CASE(long_interval_delays_writes_only) {
    const struct {
        monitor_event what;
        const char* next;
    } cases[]{
        {monitor_event::written, "wait until 3600000"},    {monitor_event::file_changed, "wait until 250"},
        {monitor_event::path_changed, "wait until 250"},   {monitor_event::control_node_closed, "wait until 250"},
        {monitor_event::queue_overflow, "wait until 250"}, {monitor_event::verify_timer, "wait until 250"},
        {monitor_event::sync_requested, "map, confirm"},
    };
    for (const auto& c : cases) {
        settled monitor(each_hour());
        monitor.tell(100, monitor_event::written);
        monitor.tell(c.what);
        BOOST_TEST(monitor.next() == c.next);
    }
}

BOOST_AUTO_TEST_CASE(long_interval_spares_events_during_refresh) {
    const struct {
        monitor_event what;
        const char* next;
    } cases[]{
        {monitor_event::written, "wait until 3600020"},
        {monitor_event::path_changed, "wait until 270"},
        {monitor_event::sync_requested, "map, confirm"},
    };
    for (const auto& c : cases) {
        driver monitor(each_hour());
        BOOST_TEST(monitor.at(0) == "map, confirm");
        monitor.tell(10, monitor_event::written);
        monitor.tell(c.what);
        BOOST_TEST(monitor.answer(20, present(true)) == c.next);
    }
}

BOOST_AUTO_TEST_CASE(long_interval_spares_unlink_and_missing) {
    refresh_result pinned = present(true);
    pinned.pinned_unlinked = true;
    for (const refresh_result& looked : {pinned, missing()}) {
        auto times = each_hour();
        times.tolerance = minutes{1};
        settled monitor(times);
        monitor.tell(1000, monitor_event::path_changed);
        BOOST_TEST(monitor.next() == "look");
        BOOST_TEST(monitor.answer(looked) == "wait until 2000");
    }
}

BOOST_AUTO_TEST_CASE(shorter_interval_applies_at_once) {
    settled monitor(each_hour());
    monitor.use(milliseconds{250});
    monitor.tell(100, monitor_event::written);
    BOOST_TEST(monitor.next() == "wait until 250");

    settled writing(each_hour());
    writing.tell(100, monitor_event::written);
    writing.use(milliseconds{250});
    writing.tell(200, monitor_event::sync_requested);
    BOOST_TEST(writing.next() == "map, confirm");
    writing.tell(300, monitor_event::written);
    BOOST_TEST(writing.answer(present(true)) == "wait until 550");
}

BOOST_AUTO_TEST_CASE(write_stream_refreshes_once_per_interval) {
    settled monitor;
    std::string refreshes;
    for (int ms = 1000; ms < 2000; ++ms) {
        monitor.tell(ms, monitor_event::written);
        if (monitor.next() != "look") continue;
        refreshes += std::to_string(ms) + " ";
        monitor.answer(present(true));
    }
    BOOST_TEST(refreshes == "1000 1250 1500 1750 ");
}

BOOST_AUTO_TEST_CASE(events_during_refresh_wait_for_interval) {
    settled monitor;
    monitor.tell(1000, monitor_event::written);
    for (int begin = 1000; begin < 5000; begin += 260) {
        BOOST_TEST(monitor.at(begin) == "look");
        monitor.tell(begin + 1, monitor_event::written);
        BOOST_TEST(monitor.answer(begin + 10, present(true)) == "wait until " + std::to_string(begin + 260));
    }
}

monitor_fsm::timing bounded_cost() {
    monitor_fsm::timing times;
    times.cost_factor = 50;
    times.free_cost = milliseconds{20};
    times.max_interval = seconds{2};
    return times;
}

BOOST_AUTO_TEST_CASE(costly_refresh_delays_next) {
    const struct { int cost, next; } cases[]{{4, 1254}, {20, 1270}, {25, 1275}, {26, 1326}, {40, 2040}, {100, 3100}};
    for (const auto& c : cases) {
        settled monitor(bounded_cost());
        refresh_result costly = present(true);
        costly.cost = milliseconds{c.cost};
        monitor.tell(1000, monitor_event::written);
        BOOST_TEST(monitor.next() == "look");
        monitor.tell(monitor_event::written);
        BOOST_TEST(monitor.answer(1000 + c.cost, costly) == "wait until " + std::to_string(c.next));
    }
}

BOOST_AUTO_TEST_CASE(stream_of_costly_refreshes_is_limited) {
    settled monitor(bounded_cost());
    refresh_result costly = present(true);
    costly.cost = milliseconds{10};
    int refreshes = 0;
    for (int ms = 1000; ms < 61'000; ++ms) {
        monitor.tell(ms, monitor_event::written);
        if (monitor.next() != "look") continue;
        ++refreshes;
        monitor.answer(costly);
    }
    // 60 s / 50, plus the free cost.
    BOOST_TEST(refreshes * 10 <= 1200 + 20 + 10);
    BOOST_TEST(refreshes * 10 >= 1200);
}

BOOST_AUTO_TEST_CASE(requests_are_limited_by_cost) {
    settled monitor(bounded_cost());
    refresh_result costly = present(true);
    costly.cost = milliseconds{40};
    monitor.tell(1000, monitor_event::sync_requested);
    BOOST_TEST(monitor.next() == "map, confirm");
    monitor.tell(monitor_event::sync_requested);
    BOOST_TEST(monitor.answer(costly) == "wait until 2000");
    monitor.tell(1500, monitor_event::sync_requested);
    BOOST_TEST(monitor.next() == "wait until 2000");
}

BOOST_AUTO_TEST_CASE(quiet_time_forgives_cost) {
    settled monitor(bounded_cost());
    refresh_result costly = present(true);
    costly.cost = milliseconds{100};
    monitor.tell(1000, monitor_event::written);
    BOOST_TEST(monitor.next() == "look");
    BOOST_TEST(monitor.answer(costly) == "wait");
    costly.cost = milliseconds{4};
    monitor.tell(6000, monitor_event::written);
    BOOST_TEST(monitor.next() == "look");
    monitor.tell(monitor_event::written);
    BOOST_TEST(monitor.answer(costly) == "wait until 6250");
}

BOOST_AUTO_TEST_CASE(overwrite_is_mapped_when_quiet) {
    settled monitor;
    monitor.tell(1000, monitor_event::written);
    BOOST_TEST(monitor.next() == "look");
    BOOST_TEST(monitor.answer(present(false)) == "wait until 1250");
    BOOST_TEST(monitor.at(1250) == "map");
    BOOST_TEST(monitor.answer(present(true)) == "wait");
}

BOOST_AUTO_TEST_CASE(continued_overwrite_is_mapped_eventually) {
    settled monitor;
    std::string refreshes;
    for (int ms = 1000; ms <= 5600; ms += 10) {
        monitor.tell(ms, monitor_event::written);
        const std::string action = monitor.next();
        if (action.starts_with("wait")) continue;
        if (action == "map") refreshes += std::to_string(ms) + " ";
        monitor.answer(present(action == "map"));
    }
    BOOST_TEST(refreshes == "3000 5250 ");
}

BOOST_AUTO_TEST_CASE(other_events_owe_no_map) {
    settled monitor;
    monitor.tell(1000, monitor_event::file_changed);
    BOOST_TEST(monitor.next() == "look");
    BOOST_TEST(monitor.answer(present(false)) == "wait");
}

BOOST_AUTO_TEST_CASE(path_back_within_tolerance_continues) {
    settled monitor;
    monitor.tell(1000, monitor_event::path_changed);
    BOOST_TEST(monitor.next() == "look");
    BOOST_TEST(monitor.answer(missing()) == "wait until 2000");
    monitor.tell(1900, monitor_event::path_changed);
    BOOST_TEST(monitor.next() == "map, confirm");
    BOOST_TEST(monitor.answer(present(true)) == "wait");
    // The tolerance restarts.
    monitor.tell(5000, monitor_event::path_changed);
    BOOST_TEST(monitor.next() == "look");
    BOOST_TEST(monitor.answer(missing()) == "wait until 6000");
}

BOOST_AUTO_TEST_CASE(path_gone_too_long_ends) {
    settled monitor;
    monitor.tell(1000, monitor_event::path_changed);
    BOOST_TEST(monitor.next() == "look");
    BOOST_TEST(monitor.answer(missing()) == "wait until 2000");
    monitor.tell(1500, monitor_event::path_changed);
    BOOST_TEST(monitor.next() == "map, confirm");
    BOOST_TEST(monitor.answer(missing()) == "wait until 2000");
    BOOST_TEST(monitor.at(2000) == "map, confirm");
    BOOST_TEST(monitor.answer(missing()) == "end: nothing to follow at the path, remove regions");
    BOOST_TEST(monitor.at(9000) == "end: nothing to follow at the path, remove regions");
}

BOOST_AUTO_TEST_CASE(missing_path_is_checked_each_second) {
    monitor_fsm::timing times;
    times.tolerance = milliseconds{2500};
    settled monitor(times);
    monitor.tell(1000, monitor_event::path_changed);
    BOOST_TEST(monitor.next() == "look");
    BOOST_TEST(monitor.answer(missing()) == "wait until 2000");
    BOOST_TEST(monitor.at(2000) == "map, confirm");
    BOOST_TEST(monitor.answer(missing()) == "wait until 3000");
    BOOST_TEST(monitor.at(3000) == "map, confirm");
    BOOST_TEST(monitor.answer(missing()) == "wait until 3500");
    BOOST_TEST(monitor.at(3500) == "map, confirm");
    BOOST_TEST(monitor.answer(missing()) == "end: nothing to follow at the path, remove regions");
}

BOOST_AUTO_TEST_CASE(zero_tolerance_ends_at_once) {
    monitor_fsm::timing times;
    times.tolerance = {};
    driver monitor(times);
    BOOST_TEST(monitor.at(0) == "map, confirm");
    BOOST_TEST(monitor.answer(missing()) == "end: nothing to follow at the path, remove regions");
}

BOOST_AUTO_TEST_CASE(dead_file_ends_with_regions) {
    settled monitor;
    monitor.tell(1000, monitor_event::file_changed);
    BOOST_TEST(monitor.next() == "look");
    refresh_result dead = present(false);
    dead.found = fs::file_snapshot::state::dead;
    BOOST_TEST(monitor.answer(dead) == "end: the file is unlinked and no longer open anywhere, remove regions");
}

BOOST_AUTO_TEST_CASE(unmount_ends_but_keeps_group) {
    settled by_event, by_error;
    by_event.tell(1000, monitor_event::unmounted);
    BOOST_TEST(by_event.next() == "end: the file system was unmounted");
    by_error.tell(1000, monitor_event::verify_timer);
    BOOST_TEST(by_error.next() == "map, confirm");
    BOOST_TEST(by_error.answer(failed(system_error(ENODEV))) == "end: the file system was unmounted");
}

BOOST_AUTO_TEST_CASE(gone_device_ends) {
    settled monitor;
    monitor.tell(1000, monitor_event::verify_timer);
    BOOST_TEST(monitor.next() == "map, confirm");
    BOOST_TEST(monitor.answer(failed(system_error(ENXIO))) == "end: the device was removed");
}

BOOST_AUTO_TEST_CASE(permanent_failure_ends) {
    const error_code permanent[]{system_error(EACCES), system_error(EPERM), make_error_code(errc::no_extent_map),
                                 make_error_code(errc::not_regular_file),
                                 make_error_code(errc::unsupported_file_system)};
    for (const error_code code : permanent) {
        driver monitor;
        BOOST_TEST(monitor.at(0) == "map, confirm");
        BOOST_TEST(monitor.answer(failed(code)) == "end: failed");
    }
    monitor_fsm fsm({}, {});
    BOOST_REQUIRE(std::holds_alternative<monitor_fsm::refresh>(fsm.next({})));
    fsm.resume(failed(system_error(EACCES)), {});
    BOOST_TEST(std::get<monitor_fsm::end>(fsm.next({})).how.text == "what was tried: Permission denied");
}

BOOST_AUTO_TEST_CASE(transient_failure_retries_with_back_off) {
    driver monitor;
    BOOST_TEST(monitor.refreshes_until(seconds{120}, failed(system_error(ENOMEM))) ==
               "0m 100m 300m 700m 1500m 3100m 6300m 12700m 25500m 51100m 81100m 111100m");
    BOOST_TEST(monitor.at(141'100) == "map, confirm");
    BOOST_TEST(monitor.answer(present(true)) == "wait");
    // The next failure starts the back-off again.
    monitor.tell(200'000, monitor_event::verify_timer);
    BOOST_TEST(monitor.next() == "map, confirm");
    BOOST_TEST(monitor.answer(failed(make_error_code(errc::row_too_long))) == "wait until 200100");
}

BOOST_AUTO_TEST_CASE(removed_group_ends) {
    settled monitor;
    monitor.tell(1000, monitor_event::control_node_closed);
    BOOST_TEST(monitor.next() == "look, confirm");
    refresh_result removed = present(true);
    removed.group_removed = true;
    BOOST_TEST(monitor.answer(removed) == "end: the group was removed by another program");
}

BOOST_AUTO_TEST_CASE(control_node_use_confirms_group) {
    settled monitor;
    std::string refreshes;
    for (int ms = 1000; ms < 2000; ++ms) {
        monitor.tell(ms, monitor_event::control_node_closed);
        const std::string action = monitor.next();
        if (action.starts_with("wait")) continue;
        BOOST_TEST(action == "look, confirm");
        refreshes += std::to_string(ms) + " ";
        monitor.answer(present(true));
    }
    BOOST_TEST(refreshes == "1000 1250 1500 1750 ");
}

BOOST_AUTO_TEST_CASE(control_node_use_with_missing_path) {
    settled monitor;
    monitor.tell(1000, monitor_event::control_node_closed);
    BOOST_TEST(monitor.next() == "look, confirm");
    BOOST_TEST(monitor.answer(missing()) == "wait until 2000");
    monitor.tell(1001, monitor_event::control_node_closed);
    BOOST_TEST(monitor.next() == "wait until 1250");
}

BOOST_AUTO_TEST_CASE(queue_overflow_and_verify_refresh_all) {
    for (const monitor_event what :
         {monitor_event::queue_overflow, monitor_event::verify_timer, monitor_event::sync_requested}) {
        settled monitor;
        monitor.tell(1000, what);
        BOOST_TEST(monitor.next() == "map, confirm");
        BOOST_TEST(monitor.answer(present(true)) == "wait");
    }
}

BOOST_AUTO_TEST_CASE(event_during_refresh_is_kept) {
    const struct {
        monitor_event what;
        const char* action;
    } cases[]{
        {monitor_event::written, "look"},
        {monitor_event::file_changed, "look"},
        {monitor_event::path_changed, "look"},
        {monitor_event::control_node_closed, "look, confirm"},
        {monitor_event::queue_overflow, "map, confirm"},
        {monitor_event::verify_timer, "map, confirm"},
    };
    for (const auto& c : cases) {
        driver monitor;
        BOOST_TEST(monitor.at(0) == "map, confirm");
        monitor.tell(10, c.what);
        BOOST_TEST(monitor.answer(20, present(true)) == "wait until 270");
        BOOST_TEST(monitor.at(270) == c.action);
    }
    driver failing;
    BOOST_TEST(failing.at(0) == "map, confirm");
    failing.tell(10, monitor_event::written);
    BOOST_TEST(failing.answer(20, failed(system_error(EAGAIN))) == "wait until 120");
    BOOST_TEST(failing.at(120) == "map, confirm");
}

BOOST_AUTO_TEST_CASE(unwatched_file_is_polled) {
    driver monitor;
    refresh_result unwatched = present(true);
    unwatched.watched = false;
    BOOST_TEST(monitor.refreshes_until(milliseconds{3500}, unwatched) == "0m 1000 2000 3000");
    unwatched.cost = milliseconds{100};
    BOOST_TEST(monitor.at(4000) == "look");
    BOOST_TEST(monitor.answer(unwatched) == "wait until 6000");
}

BOOST_AUTO_TEST_CASE(unlinked_open_file_is_polled) {
    settled monitor;
    refresh_result pinned = present(false);
    pinned.pinned_unlinked = true;
    monitor.tell(1000, monitor_event::file_changed);
    BOOST_TEST(monitor.refreshes_until(milliseconds{3500}, pinned) == "1000 2000 3000");
}

BOOST_AUTO_TEST_CASE(stop_overrides_everything) {
    settled monitor;
    monitor.stop();
    BOOST_TEST(monitor.next() == "end: stopped");
    monitor.tell(1000, monitor_event::unmounted);
    BOOST_TEST(monitor.next() == "end: stopped");
    driver looking;
    BOOST_TEST(looking.at(0) == "map, confirm");
    looking.stop();
    BOOST_TEST(looking.answer(missing()) == "end: stopped");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
