// Refreshes without an event.
#include "unit/filemap/monitor/monitor_driver.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

namespace filemap::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

BOOST_AUTO_TEST_SUITE(monitor_fsm_unasked_suite)

BOOST_AUTO_TEST_CASE(allocation_is_polled_with_back_off) {
    settled monitor;
    monitor.tell(1000, monitor_event::written);
    refresh_result pending = present(true);
    pending.awaits_allocation = true;
    BOOST_TEST(
        monitor.refreshes_until(minutes{2}, pending) ==
        "1000 1002m 1006m 1014m 1030m 1062m 1126m 1254m 1510m 2022m 3046m 5094m 9190m 17382m 33766m 63766m 93766m");
    // The extents are allocated now.
    BOOST_TEST(monitor.at(123'766) == "map");
    BOOST_TEST(monitor.answer(present(true)) == "wait");
}

BOOST_AUTO_TEST_CASE(new_burst_restarts_back_off) {
    settled monitor;
    refresh_result pending = present(true);
    pending.awaits_allocation = true;
    monitor.tell(1000, monitor_event::written);
    BOOST_TEST(monitor.refreshes_until(seconds{10}, pending).ends_with("9190m"));
    monitor.tell(10'000, monitor_event::written);
    BOOST_TEST(monitor.next() == "map");
    BOOST_TEST(monitor.answer(pending) == "wait until 10002");
    BOOST_TEST(monitor.at(10'002) == "map");
    // The write arrives during the refresh.
    monitor.tell(monitor_event::written);
    BOOST_TEST(monitor.answer(pending) == "wait until 10006");
    BOOST_TEST(monitor.at(10'006) == "map");
    monitor.tell(10'007, monitor_event::written);
    BOOST_TEST(monitor.answer(pending) == "wait until 10015");
}

BOOST_AUTO_TEST_CASE(costly_allocation_check_waits_longer) {
    settled monitor;
    refresh_result pending = present(true);
    pending.awaits_allocation = true;
    pending.cost = milliseconds{40};
    monitor.tell(1000, monitor_event::written);
    BOOST_TEST(monitor.next() == "look");
    BOOST_TEST(monitor.answer(pending) == "wait until 1040");
}

BOOST_AUTO_TEST_CASE(unresolved_growth_is_mapped_again) {
    settled monitor;
    refresh_result grown = present(true);
    grown.growth_unresolved = true;
    monitor.tell(1000, monitor_event::written);
    BOOST_TEST(monitor.next() == "look");
    BOOST_TEST(monitor.answer(grown) == "wait until 1250");
    // A stream of writes causes no additional refresh.
    monitor.tell(1100, monitor_event::written);
    BOOST_TEST(monitor.next() == "wait until 1250");
    BOOST_TEST(monitor.at(1250) == "map");
    BOOST_TEST(monitor.answer(present(true)) == "wait");
}

BOOST_AUTO_TEST_CASE(shared_extents_are_mapped_after_writeback) {
    settled monitor;
    refresh_result shared = present(true);
    shared.has_shared = true;
    monitor.tell(1000, monitor_event::written);
    BOOST_TEST(monitor.refreshes_until(minutes{5}, shared) == "1000 36000m");
}

BOOST_AUTO_TEST_CASE(overwritten_shared_extents_are_mapped_again) {
    settled monitor;
    refresh_result shared = present(true);
    shared.has_shared = true;
    monitor.tell(1000, monitor_event::written);
    BOOST_TEST(monitor.next() == "look");
    // Size and blocks are unchanged, so the map is pending, and only the map shows the sharing.
    BOOST_TEST(monitor.answer(present(false)) == "wait until 1250");
    BOOST_TEST(monitor.refreshes_until(minutes{5}, shared) == "1250m 36250m");
}

BOOST_AUTO_TEST_CASE(unwritten_shared_extents_are_left_alone) {
    settled monitor;
    refresh_result shared = present(true);
    shared.has_shared = true;
    monitor.tell(1000, monitor_event::verify_timer);
    BOOST_TEST(monitor.next() == "map, confirm");
    BOOST_TEST(monitor.answer(shared) == "wait");
}

BOOST_AUTO_TEST_CASE(failed_shared_refresh_is_repeated) {
    settled monitor;
    refresh_result shared = present(true);
    shared.has_shared = true;
    monitor.tell(1000, monitor_event::written);
    BOOST_TEST(monitor.next() == "look");
    BOOST_TEST(monitor.answer(failed(system_error(ENOMEM))) == "wait until 1100");
    BOOST_TEST(monitor.refreshes_until(minutes{5}, shared) == "1100m 36100m");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
