#include "server_world.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

namespace dirtylog {
namespace {

using test::answer;
using test::numbers;
using test::text;
using test::world;

constexpr std::string_view core = "40 core 8";
constexpr std::string_view clean_core = "40 core 8 nosync";
constexpr std::uint64_t old_log = 1;
constexpr std::uint64_t new_log = 2;

bool is_in_sync(world& w, std::uint64_t which, std::uint64_t luid = 1) {
    return w.number(DM_ULOG_IN_SYNC, numbers({which}), luid) == 1;
}
bool is_clean(world& w, std::uint64_t which, std::uint64_t luid = 1) {
    return w.number(DM_ULOG_IS_CLEAN, numbers({which}), luid) == 1;
}
std::uint64_t sync_count(world& w, std::uint64_t luid = 1) {
    return w.number(DM_ULOG_GET_SYNC_COUNT, {}, luid);
}
std::string status(world& w) {
    return std::string(w.settle(DM_ULOG_STATUS_INFO).text());
}

BOOST_AUTO_TEST_SUITE(protocol_suite)

BOOST_AUTO_TEST_CASE(new_log_is_resynced_region_by_region) {
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

BOOST_AUTO_TEST_CASE(write_marks_and_clears) {
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

BOOST_AUTO_TEST_CASE(region_that_failed_is_not_in_sync_nor_clean_whatever_is_repeated) {
    world w;
    w.create(clean_core);
    for (int i = 0; i < 2; ++i) BOOST_TEST(w.error(DM_ULOG_SET_REGION_SYNC, numbers({2, 0})) == 0);
    BOOST_TEST(sync_count(w) == 4u);
    BOOST_TEST(w.error(DM_ULOG_CLEAR_REGION, numbers({2})) == 0);
    BOOST_TEST(!is_clean(w, 2));
    for (int i = 0; i < 2; ++i) BOOST_TEST(w.error(DM_ULOG_SET_REGION_SYNC, numbers({2, 1})) == 0);
    BOOST_TEST(sync_count(w) == 5u);
}

BOOST_AUTO_TEST_CASE(region_behind_the_last_one_is_refused_and_changes_nothing) {
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

BOOST_AUTO_TEST_CASE(unknown_log_is_refused_with_room_for_the_answer) {
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

BOOST_AUTO_TEST_CASE(log_that_was_not_resumed_takes_no_io) {
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

BOOST_AUTO_TEST_CASE(refused_constructor_leaves_nothing_and_says_why) {
    world w;
    BOOST_TEST(w.error(DM_ULOG_CTR, text("40 core 96")) == -EINVAL);
    BOOST_TEST(w.has_logged("log mirror refused: region size 96 is no power of two"));
    BOOST_TEST(w.error(DM_ULOG_CTR, text("40 disk /gone 8")) == -ENOENT);
    BOOST_TEST(w.has_logged("log mirror refused: opening /gone"));
    BOOST_TEST(w.error(DM_ULOG_GET_REGION_SIZE) == -ESRCH);
    BOOST_TEST(std::filesystem::is_empty(w.run_directory()));
}

BOOST_AUTO_TEST_CASE(constructor_and_resume_twice_and_at_once_get_an_answer_each) {
    world w;
    for (int i = 0; i < 2; ++i) BOOST_TEST(!w.ask(DM_ULOG_CTR, text(core)).has_value());
    w.work();
    BOOST_TEST(w.late.size() == 2u);
    BOOST_TEST(w.error(DM_ULOG_CTR, text(core)) == 0);
    for (int i = 0; i < 2; ++i) BOOST_TEST(!w.ask(DM_ULOG_RESUME).has_value());
    job* const load = w.server().next_job();
    BOOST_TEST_REQUIRE(load != nullptr);
    BOOST_TEST(w.server().next_job() == nullptr);
    // While it loads.
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

BOOST_AUTO_TEST_CASE(reload_passes_the_state_and_the_late_end_of_the_old_log_harms_nothing) {
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

BOOST_AUTO_TEST_CASE(reload_with_another_length_keeps_what_is_common) {
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

BOOST_AUTO_TEST_CASE(reload_whose_old_log_was_not_seen_to_end_knows_nothing) {
    world w;
    w.create(clean_core, old_log);
    w.error(DM_ULOG_CTR, text(clean_core), new_log);
    w.error(DM_ULOG_RESUME, {}, new_log);
    BOOST_TEST(sync_count(w, new_log) == 0u);
    BOOST_TEST(w.has_logged("was lost"));
    BOOST_TEST(w.error(DM_ULOG_MARK_REGION, numbers({0}), old_log) == -ESRCH);
}

BOOST_AUTO_TEST_CASE(reload_with_another_region_size_knows_nothing) {
    world w;
    w.create(clean_core, old_log);
    w.error(DM_ULOG_CTR, text("40 core 16 nosync"), new_log);
    w.error(DM_ULOG_POSTSUSPEND, {}, old_log);
    w.error(DM_ULOG_RESUME, {}, new_log);
    BOOST_TEST(sync_count(w, new_log) == 0u);
}

BOOST_AUTO_TEST_CASE(table_that_is_loaded_and_cleared_touches_nothing) {
    world w;
    w.create(clean_core, old_log);
    w.error(DM_ULOG_MARK_REGION, numbers({2}), old_log);
    w.error(DM_ULOG_CTR, text(core), new_log);
    sync_count(w, new_log);
    BOOST_TEST(w.error(DM_ULOG_DTR, {}, new_log) == 0);
    BOOST_TEST(sync_count(w, old_log) == 5u);
    BOOST_TEST(!is_clean(w, 2, old_log));
}

BOOST_AUTO_TEST_CASE(suspend_and_resume_of_one_log_resets_nothing_but_what_was_given_out) {
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
    // And so it is if the server dies between.
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
    // Its end was missed. The kernel asks again at once.
    BOOST_TEST(w.error(DM_ULOG_CTR, text(core)) == -EAGAIN);
    w.work();
    w.create(core);
    BOOST_TEST(sync_count(w) == 0u);
    // The same after a restart, and with the same words.
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
    // The old log was at work again, so that what it knew says nothing.
    BOOST_TEST(sync_count(w, new_log) == 0u);
}

BOOST_AUTO_TEST_CASE(two_mirrors_do_not_mix) {
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

BOOST_AUTO_TEST_CASE(early_resume_of_a_reconnect_makes_both_tables_lose_their_state) {
    world w;
    w.create(clean_core, old_log);
    w.error(DM_ULOG_CTR, text(clean_core), new_log);
    // The server was away when the new table's log was asked how much is in sync.
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
    // Killed before the state of the old table was removed.
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
    // Its end was missed.
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
    // A leg of its table cannot be opened.
    w.error(DM_ULOG_CTR, text(clean_core), 2);
    for (const std::uint64_t next : {3u, 4u}) {
        w.error(DM_ULOG_CTR, text(clean_core), next);
        w.error(DM_ULOG_POSTSUSPEND, {}, next == 3 ? 1 : 3);
        w.error(DM_ULOG_RESUME, {}, next);
        w.work();
        BOOST_TEST(sync_count(w, next) == 5u);
        // The one before may be asked until its table is gone.
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
