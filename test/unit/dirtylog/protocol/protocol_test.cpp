#include "unit/dirtylog/protocol/core_log_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

namespace dirtylog {
namespace {

using test::answer;
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

std::string status(world& w) {
    return std::string(w.settle(DM_ULOG_STATUS_INFO).text());
}

BOOST_AUTO_TEST_SUITE(protocol_suite)

BOOST_AUTO_TEST_CASE(new_log_resyncs_each_region) {
    world w;
    BOOST_TEST(w.error(DM_ULOG_CTR, text(core)) == 0);
    BOOST_TEST(w.number(DM_ULOG_GET_REGION_SIZE) == 8u);
    BOOST_TEST(sync_count(w) == 0u);
    BOOST_TEST(w.error(DM_ULOG_RESUME) == 0);
    BOOST_TEST(w.settle(DM_ULOG_IS_REMOTE_RECOVERING, numbers({0})).number(1) == 4u);
    BOOST_TEST(!is_in_sync(w, 0));
    const answer work = w.settle(DM_ULOG_GET_RESYNC_WORK);
    BOOST_TEST(work.number(0) == 1u);
    BOOST_TEST(work.number(1) == 0u);
    BOOST_TEST(w.settle(DM_ULOG_GET_RESYNC_WORK).number(1) == 0u);
    w.resync();
    BOOST_TEST(sync_count(w) == 5u);
    BOOST_TEST(w.settle(DM_ULOG_IS_REMOTE_RECOVERING, numbers({0})).number(0) == 0u);
    BOOST_TEST(w.settle(DM_ULOG_IS_REMOTE_RECOVERING, numbers({0})).number(1) == 5u);
    BOOST_TEST((w.settle(DM_ULOG_GET_RESYNC_WORK).data == numbers({0, 0})));
    BOOST_TEST(is_clean(w, 4));
}

BOOST_AUTO_TEST_CASE(write_marks_and_clears_region) {
    world w;
    w.create(clean_core);
    BOOST_TEST(is_in_sync(w, 3));
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(w.error(DM_ULOG_MARK_REGION, numbers({3, 4})) == 0);
        BOOST_TEST(!is_clean(w, 3));
    }
    BOOST_TEST(w.error(DM_ULOG_FLUSH) == 0);
    BOOST_TEST(is_in_sync(w, 3));
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(w.error(DM_ULOG_CLEAR_REGION, numbers({4, 3})) == 0);
        BOOST_TEST(is_clean(w, 3));
    }
    BOOST_TEST(w.error(DM_ULOG_FLUSH, numbers({0})) == 0);
    BOOST_TEST(!is_clean(w, 0));
}

BOOST_AUTO_TEST_CASE(failed_region_stays_dirty) {
    world w;
    w.create(clean_core);
    for (int i = 0; i < 2; ++i) BOOST_TEST(w.error(DM_ULOG_SET_REGION_SYNC, numbers({2, 0})) == 0);
    BOOST_TEST(sync_count(w) == 4u);
    BOOST_TEST(w.error(DM_ULOG_CLEAR_REGION, numbers({2})) == 0);
    BOOST_TEST(!is_clean(w, 2));
    for (int i = 0; i < 2; ++i) BOOST_TEST(w.error(DM_ULOG_SET_REGION_SYNC, numbers({2, 1})) == 0);
    BOOST_TEST(sync_count(w) == 5u);
}

BOOST_AUTO_TEST_CASE(region_out_of_range_is_refused) {
    world w;
    w.create(clean_core);
    for (const std::uint32_t type :
         {DM_ULOG_IN_SYNC, DM_ULOG_IS_CLEAN, DM_ULOG_MARK_REGION, DM_ULOG_CLEAR_REGION, DM_ULOG_FLUSH})
        for (const std::uint64_t which : {5ull, 1ull << 40, ~0ull})
            BOOST_TEST(w.error(type, numbers({which})) == -EINVAL, type);
    BOOST_TEST(w.error(DM_ULOG_SET_REGION_SYNC, numbers({5, 0})) == -EINVAL);
    BOOST_TEST(w.error(DM_ULOG_MARK_REGION, numbers({1, 5})) == -EINVAL);
    BOOST_TEST(is_clean(w, 1));
}

BOOST_AUTO_TEST_CASE(unknown_log_answer_has_data_size) {
    world w;
    w.create(core);
    for (const std::uint64_t luid : {7u, 1u}) {
        const std::string_view uuid = luid == 1 ? "another" : "mirror";
        BOOST_TEST(w.error(DM_ULOG_PRESUSPEND, {}, luid, uuid) == -ESRCH);
        BOOST_TEST(w.error(DM_ULOG_RESUME, {}, luid, uuid) == -ESRCH);
        const answer in_sync = w.settle(DM_ULOG_IN_SYNC, numbers({0}), luid, uuid);
        BOOST_TEST(in_sync.error == -ESRCH);
        BOOST_TEST(in_sync.data.size() == 8u);
        BOOST_TEST(w.settle(DM_ULOG_GET_RESYNC_WORK, {}, luid, uuid).data.size() == 16u);
        BOOST_TEST(w.error(DM_ULOG_DTR, {}, luid, uuid) == 0);
    }
}

BOOST_AUTO_TEST_CASE(log_before_resume_refuses_io) {
    world w;
    BOOST_TEST(w.error(DM_ULOG_CTR, text(core)) == 0);
    for (const std::uint32_t type : {DM_ULOG_IN_SYNC, DM_ULOG_MARK_REGION, DM_ULOG_CLEAR_REGION})
        BOOST_TEST(w.error(type, numbers({0})) == -ESRCH);
    BOOST_TEST(w.error(DM_ULOG_FLUSH) == -ESRCH);
    BOOST_TEST(w.error(DM_ULOG_GET_RESYNC_WORK) == -ESRCH);
    BOOST_TEST(w.error(DM_ULOG_PRESUSPEND) == 0);
    BOOST_TEST(w.error(DM_ULOG_POSTSUSPEND) == 0);
    BOOST_TEST(status(w) == std::string("1 core\0", 7));
    BOOST_TEST(w.error(DM_ULOG_DTR) == 0);
    BOOST_TEST(std::filesystem::is_empty(w.run_directory()));
}

BOOST_AUTO_TEST_CASE(unknown_request_is_refused) {
    world w;
    BOOST_TEST(w.error(99) == -ENOSYS);
}

BOOST_AUTO_TEST_CASE(refused_constructor_logs_reason) {
    world w;
    BOOST_TEST(w.error(DM_ULOG_CTR, text("40 core 96")) == -EINVAL);
    BOOST_TEST(w.has_logged("log mirror refused: region size 96 is not a power of two"));
    BOOST_TEST(w.error(DM_ULOG_CTR, text("40 disk /gone 8")) == -ENOENT);
    BOOST_TEST(w.has_logged("log mirror refused: opening /gone"));
    BOOST_TEST(w.error(DM_ULOG_GET_REGION_SIZE) == -ESRCH);
    BOOST_TEST(std::filesystem::is_empty(w.run_directory()));
}

BOOST_AUTO_TEST_CASE(repeated_constructor_and_resume_are_answered) {
    world w;
    for (int i = 0; i < 2; ++i) BOOST_TEST(!w.ask(DM_ULOG_CTR, text(core)).has_value());
    w.work();
    BOOST_TEST(w.late.size() == 2u);
    BOOST_TEST(w.error(DM_ULOG_CTR, text(core)) == 0);
    for (int i = 0; i < 2; ++i) BOOST_TEST(!w.ask(DM_ULOG_RESUME).has_value());
    job* const load = w.server().next_job();
    BOOST_TEST_REQUIRE(load != nullptr);
    BOOST_TEST(w.server().next_job() == nullptr);
    // During the load.
    BOOST_TEST(!w.ask(DM_ULOG_RESUME).has_value());
    BOOST_TEST(w.ask(DM_ULOG_GET_SYNC_COUNT)->number() == 0u);
    w.run(*load);
    BOOST_TEST(w.late.size() == 5u);
    for (const answer& each : w.late) BOOST_TEST(each.error == 0);
    BOOST_TEST(w.error(DM_ULOG_MARK_REGION, numbers({1})) == 0);
    BOOST_TEST(w.error(DM_ULOG_RESUME) == 0);
    BOOST_TEST(!is_clean(w, 1));
    BOOST_TEST(w.waiting == 0);
}

BOOST_AUTO_TEST_CASE(reload_passes_state_before_late_destroy) {
    world w;
    w.create(core, old_log);
    w.resync(old_log);
    w.error(DM_ULOG_SET_REGION_SYNC, numbers({1, 0}), old_log);
    w.error(DM_ULOG_MARK_REGION, numbers({2}), old_log);
    BOOST_TEST(w.error(DM_ULOG_CTR, text(core), new_log) == 0);
    BOOST_TEST(w.number(DM_ULOG_GET_REGION_SIZE, {}, new_log) == 8u);
    BOOST_TEST(sync_count(w, new_log) == 0u);
    BOOST_TEST(w.error(DM_ULOG_PRESUSPEND, {}, old_log) == 0);
    BOOST_TEST(sync_count(w, old_log) == 4u);
    BOOST_TEST(w.error(DM_ULOG_POSTSUSPEND, {}, old_log) == 0);
    BOOST_TEST(w.error(DM_ULOG_RESUME, {}, new_log) == 0);
    BOOST_TEST(sync_count(w, new_log) == 4u);
    BOOST_TEST(!is_in_sync(w, 1, new_log));
    BOOST_TEST(!is_clean(w, 2, new_log));
    BOOST_TEST(w.error(DM_ULOG_MARK_REGION, numbers({3}), new_log) == 0);
    BOOST_TEST(w.error(DM_ULOG_DTR, {}, old_log) == 0);
    BOOST_TEST(!is_clean(w, 3, new_log));
    w.restart();
    BOOST_TEST(sync_count(w, new_log) == 4u);
    BOOST_TEST(!is_clean(w, 3, new_log));
    BOOST_TEST(w.error(DM_ULOG_FLUSH, {}, old_log) == -ESRCH);
}

BOOST_AUTO_TEST_CASE(reload_with_other_length_keeps_common) {
    for (const bool nosync : {false, true}) {
        world w;
        w.create(clean_core, old_log);
        w.error(DM_ULOG_SET_REGION_SYNC, numbers({1, 0}), old_log);
        w.error(DM_ULOG_CTR, text(nosync ? "80 core 8 nosync" : "80 core 8"), new_log);
        w.error(DM_ULOG_POSTSUSPEND, {}, old_log);
        w.error(DM_ULOG_RESUME, {}, new_log);
        BOOST_TEST(sync_count(w, new_log) == (nosync ? 9u : 4u));
        BOOST_TEST(is_clean(w, 9, new_log) == nosync);
        w.error(DM_ULOG_DTR, {}, old_log);
        w.error(DM_ULOG_CTR, text("9 core 8"), 3);
        w.error(DM_ULOG_POSTSUSPEND, {}, new_log);
        w.error(DM_ULOG_RESUME, {}, 3);
        BOOST_TEST(sync_count(w, 3) == 1u);
    }
}

BOOST_AUTO_TEST_CASE(reload_without_suspend_loses_state) {
    world w;
    w.create(clean_core, old_log);
    w.error(DM_ULOG_CTR, text(clean_core), new_log);
    w.error(DM_ULOG_RESUME, {}, new_log);
    BOOST_TEST(sync_count(w, new_log) == 0u);
    BOOST_TEST(w.has_logged("was lost"));
    BOOST_TEST(w.error(DM_ULOG_MARK_REGION, numbers({0}), old_log) == -ESRCH);
}

BOOST_AUTO_TEST_CASE(reload_with_other_size_loses_state) {
    world w;
    w.create(clean_core, old_log);
    w.error(DM_ULOG_CTR, text("40 core 16 nosync"), new_log);
    w.error(DM_ULOG_POSTSUSPEND, {}, old_log);
    w.error(DM_ULOG_RESUME, {}, new_log);
    BOOST_TEST(sync_count(w, new_log) == 0u);
}

BOOST_AUTO_TEST_CASE(cleared_table_changes_nothing) {
    world w;
    w.create(clean_core, old_log);
    w.error(DM_ULOG_MARK_REGION, numbers({2}), old_log);
    w.error(DM_ULOG_CTR, text(core), new_log);
    sync_count(w, new_log);
    BOOST_TEST(w.error(DM_ULOG_DTR, {}, new_log) == 0);
    BOOST_TEST(sync_count(w, old_log) == 5u);
    BOOST_TEST(!is_clean(w, 2, old_log));
}

BOOST_AUTO_TEST_CASE(suspend_and_resume_resets_issued_regions) {
    world w;
    w.create(core);
    BOOST_TEST(w.settle(DM_ULOG_GET_RESYNC_WORK).number(1) == 0u);
    w.error(DM_ULOG_SET_REGION_SYNC, numbers({0, 0}));
    BOOST_TEST(w.settle(DM_ULOG_GET_RESYNC_WORK).number(1) == 1u);
    w.error(DM_ULOG_SET_REGION_SYNC, numbers({1, 1}));
    w.error(DM_ULOG_PRESUSPEND);
    w.error(DM_ULOG_POSTSUSPEND);
    w.error(DM_ULOG_RESUME);
    BOOST_TEST(sync_count(w) == 1u);
    BOOST_TEST(w.settle(DM_ULOG_GET_RESYNC_WORK).number(1) == 0u);
}

BOOST_AUTO_TEST_CASE(two_mirrors_stay_separate) {
    world w;
    w.create(clean_core, 1, "a");
    w.create(core, 2, "b");
    BOOST_TEST(w.settle(DM_ULOG_GET_SYNC_COUNT, {}, 1, "a").number() == 5u);
    BOOST_TEST(w.settle(DM_ULOG_GET_SYNC_COUNT, {}, 2, "b").number() == 0u);
    BOOST_TEST(w.error(DM_ULOG_FLUSH, {}, 1, "b") == -ESRCH);
    BOOST_TEST(w.error(DM_ULOG_FLUSH, {}, 2, "a") == -ESRCH);
    w.restart();
    BOOST_TEST(w.settle(DM_ULOG_GET_SYNC_COUNT, {}, 1, "a").number() == 5u);
    BOOST_TEST(w.settle(DM_ULOG_GET_SYNC_COUNT, {}, 2, "b").number() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
