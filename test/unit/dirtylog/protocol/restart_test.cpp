// State after a restart of the server, and logs whose end the server missed.

#include "unit/dirtylog/protocol/core_log_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

namespace dirtylog {
namespace {

using test::clean_core;
using test::core;
using test::is_clean;
using test::is_in_sync;
using test::new_log;
using test::numbers;
using test::old_log;
using test::sync_count;
using test::text;
using test::world;

BOOST_AUTO_TEST_SUITE(restart_suite)

BOOST_AUTO_TEST_CASE(restart_goes_on_to_the_bit_with_and_without_a_reconnect) {
    for (const bool reconnects : {false, true}) {
        world w;
        w.create(core);
        w.resync();
        w.error(DM_ULOG_SET_REGION_SYNC, numbers({4, 0}));
        w.error(DM_ULOG_MARK_REGION, numbers({2}));
        w.error(DM_ULOG_SET_REGION_SYNC, numbers({3, 0}));
        w.error(DM_ULOG_RESUME);
        w.restart();
        if (reconnects) w.reconnect(core);
        BOOST_TEST(sync_count(w) == 3u);
        BOOST_TEST(is_in_sync(w, 2));
        BOOST_TEST(!is_clean(w, 2));
        BOOST_TEST(is_clean(w, 0));
        BOOST_TEST(!w.has_logged("was lost"));
    }
}

BOOST_AUTO_TEST_CASE(restart_keeps_the_region_that_is_being_copied) {
    world w;
    w.create(core);
    BOOST_TEST(w.settle(DM_ULOG_GET_RESYNC_WORK).number(1) == 0u);
    w.error(DM_ULOG_SET_REGION_SYNC, numbers({0, 1}));
    BOOST_TEST(w.settle(DM_ULOG_GET_RESYNC_WORK).number(1) == 1u);
    w.restart();
    BOOST_TEST(w.settle(DM_ULOG_GET_RESYNC_WORK).number(1) == 1u);
}

BOOST_AUTO_TEST_CASE(restart_before_resume_waits_for_it) {
    world w;
    w.error(DM_ULOG_CTR, text(clean_core));
    w.restart();
    BOOST_TEST(sync_count(w) == 0u);
    BOOST_TEST(w.error(DM_ULOG_RESUME) == 0);
    BOOST_TEST(sync_count(w) == 5u);
}

BOOST_AUTO_TEST_CASE(log_that_the_kernel_goes_on_with_and_nobody_knows_is_not_in_sync) {
    world w;
    w.reconnect(clean_core);
    BOOST_TEST(sync_count(w) == 0u);
    BOOST_TEST(w.has_logged("suspend and resume the mirror"));
    // The same if the server dies in between.
    world v;
    BOOST_TEST(v.settle(DM_ULOG_CTR, text(std::string(clean_core) + '\0')).error == 0);
    v.restart();
    BOOST_TEST(v.error(DM_ULOG_RESUME) == 0);
    BOOST_TEST(sync_count(v) == 0u);
}

BOOST_AUTO_TEST_CASE(log_whose_state_alone_was_lost_is_not_in_sync) {
    world w;
    w.create(clean_core);
    for (const auto& each : std::filesystem::directory_iterator(w.run_directory()))
        if (each.path().extension() == ".live") std::filesystem::resize_file(each.path(), 100);
    w.restart();
    BOOST_TEST(w.error(DM_ULOG_FLUSH) == -ESRCH);
    w.reconnect(clean_core);
    BOOST_TEST(sync_count(w) == 0u);
}

BOOST_AUTO_TEST_CASE(address_that_another_log_has_got_does_not_bring_back_the_state) {
    world w;
    w.create(clean_core);
    w.error(DM_ULOG_SET_REGION_SYNC, numbers({4, 0}));
    // Its DTR was missed. The kernel retries at once.
    BOOST_TEST(w.error(DM_ULOG_CTR, text(core)) == -EAGAIN);
    w.work();
    w.create(core);
    BOOST_TEST(sync_count(w) == 0u);
    // The same after a restart, and with the same arguments.
    w.resync();
    w.restart();
    BOOST_TEST(w.error(DM_ULOG_CTR, text(core)) == -EAGAIN);
    w.work();
    w.create(core);
    BOOST_TEST(sync_count(w) == 0u);
}

BOOST_AUTO_TEST_CASE(removed_mirror_begins_anew) {
    world w;
    w.create(core);
    w.resync();
    w.error(DM_ULOG_PRESUSPEND);
    w.error(DM_ULOG_POSTSUSPEND);
    BOOST_TEST(w.error(DM_ULOG_DTR) == 0);
    BOOST_TEST(w.error(DM_ULOG_DTR) == 0);
    BOOST_TEST(std::filesystem::is_empty(w.run_directory()));
    w.create(core, new_log);
    BOOST_TEST(sync_count(w, new_log) == 0u);
}

BOOST_AUTO_TEST_CASE(missing_resume_after_suspend_is_made_up_for) {
    world w;
    w.create(clean_core);
    w.error(DM_ULOG_POSTSUSPEND);
    w.error(DM_ULOG_MARK_REGION, numbers({1}));
    w.error(DM_ULOG_CTR, text(clean_core), new_log);
    w.error(DM_ULOG_RESUME, {}, new_log);
    // The old log was in use again, so its state is outdated.
    BOOST_TEST(sync_count(w, new_log) == 0u);
}

BOOST_AUTO_TEST_CASE(early_resume_of_a_reconnect_makes_both_tables_lose_their_state) {
    world w;
    w.create(clean_core, old_log);
    w.error(DM_ULOG_CTR, text(clean_core), new_log);
    // GET_SYNC_COUNT of the new table's log was lost while no server ran.
    w.restart();
    w.reconnect(clean_core, new_log);
    BOOST_TEST(w.error(DM_ULOG_MARK_REGION, numbers({0}), old_log) == -ESRCH);
    w.reconnect(clean_core, old_log);
    BOOST_TEST(w.error(DM_ULOG_MARK_REGION, numbers({0}), old_log) == 0);
    BOOST_TEST(sync_count(w, old_log) == 0u);
    w.error(DM_ULOG_POSTSUSPEND, {}, old_log);
    BOOST_TEST(w.error(DM_ULOG_RESUME, {}, new_log) == 0);
    BOOST_TEST(sync_count(w, new_log) == 0u);
}

BOOST_AUTO_TEST_CASE(restart_with_two_tables_leaves_the_log_that_works_alone) {
    world w;
    w.create(core, old_log);
    w.resync(old_log);
    w.error(DM_ULOG_CTR, text(core), new_log);
    w.restart();
    BOOST_TEST(sync_count(w, old_log) == 5u);
    BOOST_TEST(is_in_sync(w, 0, old_log));
    w.error(DM_ULOG_POSTSUSPEND, {}, old_log);
    BOOST_TEST(w.error(DM_ULOG_RESUME, {}, new_log) == 0);
    BOOST_TEST(sync_count(w, new_log) == 5u);
}

BOOST_AUTO_TEST_CASE(restart_in_the_middle_of_taking_over_goes_on_with_one_log) {
    namespace files = std::filesystem;
    world w;
    w.create(clean_core, old_log);
    w.error(DM_ULOG_CTR, text(clean_core), new_log);
    w.error(DM_ULOG_POSTSUSPEND, {}, old_log);
    const files::path state = files::path(w.run_directory()) / "log-0000000000000001.live";
    files::copy_file(state, state.string() + ".kept");
    w.error(DM_ULOG_RESUME, {}, new_log);
    // The server was killed before it removed the old table's state.
    files::rename(state.string() + ".kept", state);
    w.restart();
    BOOST_TEST(w.error(DM_ULOG_MARK_REGION, numbers({0}), new_log) == 0);
    BOOST_TEST(sync_count(w, new_log) == 5u);
    BOOST_TEST(w.error(DM_ULOG_MARK_REGION, numbers({0}), old_log) == -ESRCH);
    BOOST_TEST(!files::exists(state));
}

BOOST_AUTO_TEST_CASE(address_that_a_log_of_another_name_has_got_is_not_shared) {
    world w;
    w.create(core, 1, "a");
    // Its DTR was missed.
    BOOST_TEST(w.error(DM_ULOG_CTR, text(clean_core), 1, "b") == -EAGAIN);
    w.create(clean_core, 1, "b");
    w.create(core, 2, "a");
    w.restart();
    BOOST_TEST(w.settle(DM_ULOG_GET_SYNC_COUNT, {}, 1, "b").number() == 5u);
    BOOST_TEST(w.settle(DM_ULOG_GET_SYNC_COUNT, {}, 2, "a").number() == 0u);
}

BOOST_AUTO_TEST_CASE(resume_ends_logs_of_tables_that_never_came_and_those_before_the_last) {
    world w;
    w.create(clean_core, 1);
    // A leg of its table fails to open.
    w.error(DM_ULOG_CTR, text(clean_core), 2);
    for (const std::uint64_t next : {3u, 4u}) {
        w.error(DM_ULOG_CTR, text(clean_core), next);
        w.error(DM_ULOG_POSTSUSPEND, {}, next == 3 ? 1 : 3);
        w.error(DM_ULOG_RESUME, {}, next);
        w.work();
        BOOST_TEST(sync_count(w, next) == 5u);
        // The kernel may ask the old log until its table is gone.
        BOOST_TEST(w.server().status().size() == 2u);
    }
    BOOST_TEST(sync_count(w, 3) == 0u);
    w.restart();
    BOOST_TEST(w.server().status().size() == 2u);
}

BOOST_AUTO_TEST_CASE(mirror_that_was_removed_without_a_server_leaves_nothing_to_one_of_its_name) {
    world w;
    w.create(core, old_log);
    w.resync(old_log);
    w.error(DM_ULOG_POSTSUSPEND, {}, old_log);
    w.unnamed = {"mirror"};
    w.restart();
    w.create(core, new_log);
    BOOST_TEST(sync_count(w, new_log) == 0u);
    w.work();
    BOOST_TEST(w.server().status().size() == 1u);
}

BOOST_AUTO_TEST_CASE(suspended_mirror_that_a_table_names_is_taken_up) {
    world w;
    w.create(clean_core);
    w.error(DM_ULOG_POSTSUSPEND);
    w.restart();
    w.error(DM_ULOG_RESUME);
    BOOST_TEST(sync_count(w) == 5u);
}

BOOST_AUTO_TEST_CASE(record_that_means_nothing_is_told) {
    world w;
    const log_key key{*log_uuid::make("mirror"), log_luid{1}};
    BOOST_TEST(
        registry(w.run_directory()).remember({key, test::boot_named("boot-1"), "40 core 96", false}).has_value());
    w.restart();
    BOOST_TEST(w.has_logged("log mirror is not taken up: region size 96"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
