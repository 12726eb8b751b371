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

BOOST_AUTO_TEST_CASE(restart_restores_all_bits) {
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

BOOST_AUTO_TEST_CASE(restart_keeps_region_under_copy) {
    world w;
    w.create(core);
    BOOST_TEST(w.settle(DM_ULOG_GET_RESYNC_WORK).number(1) == 0u);
    w.error(DM_ULOG_SET_REGION_SYNC, numbers({0, 1}));
    BOOST_TEST(w.settle(DM_ULOG_GET_RESYNC_WORK).number(1) == 1u);
    w.restart();
    BOOST_TEST(w.settle(DM_ULOG_GET_RESYNC_WORK).number(1) == 1u);
}

BOOST_AUTO_TEST_CASE(restart_before_resume_waits) {
    world w;
    w.error(DM_ULOG_CTR, text(clean_core));
    w.restart();
    BOOST_TEST(sync_count(w) == 0u);
    BOOST_TEST(w.error(DM_ULOG_RESUME) == 0);
    BOOST_TEST(sync_count(w) == 5u);
}

BOOST_AUTO_TEST_CASE(unknown_live_log_is_dirty) {
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

BOOST_AUTO_TEST_CASE(lost_live_state_is_dirty) {
    world w;
    w.create(clean_core);
    for (const auto& each : std::filesystem::directory_iterator(w.run_directory()))
        if (each.path().extension() == ".live") std::filesystem::resize_file(each.path(), 100);
    w.restart();
    BOOST_TEST(w.error(DM_ULOG_FLUSH) == -ESRCH);
    w.reconnect(clean_core);
    BOOST_TEST(sync_count(w) == 0u);
}

BOOST_AUTO_TEST_CASE(reused_address_ignores_old_state) {
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

BOOST_AUTO_TEST_CASE(removed_mirror_starts_fresh) {
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

BOOST_AUTO_TEST_CASE(lost_resume_is_recovered) {
    world w;
    w.create(clean_core);
    w.error(DM_ULOG_POSTSUSPEND);
    w.error(DM_ULOG_MARK_REGION, numbers({1}));
    w.error(DM_ULOG_CTR, text(clean_core), new_log);
    w.error(DM_ULOG_RESUME, {}, new_log);
    // The old log was in use again, so its state is outdated.
    BOOST_TEST(sync_count(w, new_log) == 0u);
}

BOOST_AUTO_TEST_CASE(early_reconnect_resume_loses_both_states) {
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

BOOST_AUTO_TEST_CASE(restart_with_two_tables_keeps_working) {
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

BOOST_AUTO_TEST_CASE(restart_during_takeover_keeps_one_log) {
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

BOOST_AUTO_TEST_CASE(reused_address_under_other_name_separates) {
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

BOOST_AUTO_TEST_CASE(resume_closes_logs_of_stale_tables) {
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

BOOST_AUTO_TEST_CASE(removed_without_server_leaves_no_state) {
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

BOOST_AUTO_TEST_CASE(suspended_named_mirror_is_restored) {
    world w;
    w.create(clean_core);
    w.error(DM_ULOG_POSTSUSPEND);
    w.restart();
    w.error(DM_ULOG_RESUME);
    BOOST_TEST(sync_count(w) == 5u);
}

BOOST_AUTO_TEST_CASE(invalid_record_is_logged) {
    world w;
    const log_key key{*log_uuid::make("mirror"), log_luid{1}};
    BOOST_TEST(
        registry(w.run_directory()).remember({key, test::boot_named("boot-1"), "40 core 96", false}).has_value());
    w.restart();
    BOOST_TEST(w.has_logged("log mirror not restored: region size 96"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
