#include "unit/dirtylog/protocol/disk_log_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

namespace dirtylog {
namespace {

using test::clean_disk;
using test::disk;
using test::numbers;
using test::text;
using test::with_leg;

BOOST_FIXTURE_TEST_SUITE(disk_suite, test::disk_world)

BOOST_AUTO_TEST_CASE(reboot_keeps_clean_regions_in_sync) {
    create(disk);
    resync();
    BOOST_TEST(error(DM_ULOG_MARK_REGION, numbers({3})) == 0);
    BOOST_TEST(error(DM_ULOG_FLUSH) == 0);
    clear();
    reboot("boot-2");
    create(disk);
    BOOST_TEST(sync_count() == 4u);
    BOOST_TEST(!is_in_sync(3));
    BOOST_TEST(has_logged("starts with the regions that are clean on disk"));
}

BOOST_AUTO_TEST_CASE(flush_waits_for_mark_on_disk) {
    create(clean_disk);
    BOOST_TEST(error(DM_ULOG_MARK_REGION, numbers({3})) == 0);
    const auto syncs = log_disk().syncs;
    BOOST_TEST(!ask(DM_ULOG_FLUSH).has_value());
    job* const commit = server().next_job();
    BOOST_TEST_REQUIRE(commit != nullptr);
    commit->log->run(*commit);
    BOOST_TEST(late.size() == 2u);
    BOOST_TEST(log_disk().syncs == syncs + 1);
    complete(*commit);
    BOOST_TEST(late.size() == 3u);
    reboot("boot-2");
    create(clean_disk);
    BOOST_TEST(sync_count() == 4u);
}

BOOST_AUTO_TEST_CASE(integrated_flush_writes_its_marks) {
    create(clean_disk);
    BOOST_TEST(error(DM_ULOG_FLUSH, numbers({0, 4})) == 0);
    reboot("boot-2");
    create(clean_disk);
    BOOST_TEST(sync_count() == 3u);
}

BOOST_AUTO_TEST_CASE(mark_of_dirty_region_writes_nothing) {
    create(clean_disk);
    error(DM_ULOG_FLUSH, numbers({3}));
    const auto writes = log_disk().writes;
    for (int i = 0; i < 10; ++i) {
        error(DM_ULOG_CLEAR_REGION, numbers({3}));
        BOOST_TEST(ask(DM_ULOG_FLUSH).has_value());
        error(DM_ULOG_MARK_REGION, numbers({3}));
        BOOST_TEST(ask(DM_ULOG_FLUSH).has_value());
    }
    BOOST_TEST(log_disk().writes == writes);
}

BOOST_AUTO_TEST_CASE(flush_during_commit_waits) {
    create(clean_disk);
    late.clear();
    ask(DM_ULOG_MARK_REGION, numbers({1}));
    BOOST_TEST(!ask(DM_ULOG_FLUSH).has_value());
    job* const first = server().next_job();
    BOOST_TEST_REQUIRE(first != nullptr);
    first->log->run(*first);
    // The request is repeated after 15 s, and another request has a mark that the running commit lacks.
    BOOST_TEST(!ask(DM_ULOG_FLUSH).has_value());
    BOOST_TEST(!ask(DM_ULOG_FLUSH, numbers({2})).has_value());
    BOOST_TEST(!ask(DM_ULOG_FLUSH).has_value());
    BOOST_TEST(server().next_job() == nullptr);
    complete(*first);
    BOOST_TEST(late.size() == 2u);
    const auto syncs = log_disk().syncs;
    work();
    BOOST_TEST(late.size() == 4u);
    BOOST_TEST(log_disk().syncs == syncs + 1);
    BOOST_TEST(waiting == 0);
}

BOOST_AUTO_TEST_CASE(repeated_request_replaces_abandoned_one) {
    create(clean_disk);
    late.clear();
    ask(DM_ULOG_FLUSH, numbers({1}));
    job* const hung = server().next_job();
    BOOST_TEST_REQUIRE(hung != nullptr);
    std::uint32_t last = 0;
    for (int i = 0; i < 40; ++i) {
        ask(DM_ULOG_FLUSH, numbers({1}));
        last = seq;
    }
    BOOST_TEST(waiting <= 4);
    BOOST_TEST(replaced + waiting == 41);
    run(*hung);
    work();
    BOOST_TEST(late.back().seq == last);
    BOOST_TEST(waiting == 0);
}

BOOST_AUTO_TEST_CASE(clear_waits_for_leg_flush) {
    create(with_leg);
    error(DM_ULOG_FLUSH, numbers({1, 2}));
    error(DM_ULOG_CLEAR_REGION, numbers({2, 1}));
    BOOST_TEST(server().wants_clear_round());
    server().clear_round();
    BOOST_TEST(server().next_job() == nullptr);
    server().clear_round();
    job* const flush = server().next_job();
    BOOST_TEST_REQUIRE(flush != nullptr);
    BOOST_TEST((flush->kind == job_kind::flush_legs));
    const auto writes = log_disk().writes;
    // The region is written to during the flush of the caches, so it is not idle.
    error(DM_ULOG_MARK_REGION, numbers({1}));
    error(DM_ULOG_CLEAR_REGION, numbers({1}));
    flush->log->run(*flush);
    BOOST_TEST(legs["/leg"].syncs == 1u);
    BOOST_TEST(log_disk().writes == writes);
    complete(*flush);
    work();
    BOOST_TEST(log_disk().writes == writes + 1);
    reboot("boot-2");
    create(with_leg);
    BOOST_TEST(!is_in_sync(1));
    BOOST_TEST(is_in_sync(2));
}

BOOST_AUTO_TEST_CASE(failed_leg_flush_keeps_regions_dirty) {
    create(with_leg);
    error(DM_ULOG_FLUSH, numbers({1}));
    error(DM_ULOG_CLEAR_REGION, numbers({1}));
    legs["/leg"].before = [] { return false; };
    clear();
    BOOST_TEST(has_logged("regions stay dirty on disk"));
    error(DM_ULOG_POSTSUSPEND);
    legs["/leg"].before = {};
    reboot("boot-2");
    create(with_leg);
    BOOST_TEST(!is_in_sync(1));
}

BOOST_AUTO_TEST_CASE(clear_rounds_end_when_clean) {
    create(clean_disk);
    for (int i = 0; i < 10 && server().wants_clear_round(); ++i) {
        server().clear_round();
        work();
    }
    BOOST_TEST(!server().wants_clear_round());
}

BOOST_AUTO_TEST_CASE(suspend_clears_regions_on_disk) {
    create(with_leg);
    error(DM_ULOG_FLUSH, numbers({1, 2}));
    error(DM_ULOG_CLEAR_REGION, numbers({1}));
    BOOST_TEST(error(DM_ULOG_POSTSUSPEND) == 0);
    BOOST_TEST(legs["/leg"].syncs == 1u);
    reboot("boot-2");
    create(with_leg);
    BOOST_TEST(is_in_sync(1));
    BOOST_TEST(!is_in_sync(2));
}

BOOST_AUTO_TEST_CASE(loss_of_sync_waits_for_disk) {
    create(clean_disk);
    BOOST_TEST(!ask(DM_ULOG_SET_REGION_SYNC, numbers({2, 0})).has_value());
    work();
    reboot("boot-2");
    create(clean_disk);
    BOOST_TEST(!is_in_sync(2));
    BOOST_TEST(sync_count() == 4u);
}

BOOST_AUTO_TEST_CASE(restart_keeps_bitmaps_and_disk_state) {
    create(disk);
    resync();
    clear();
    error(DM_ULOG_MARK_REGION, numbers({2}));
    error(DM_ULOG_SET_REGION_SYNC, numbers({4, 0}));
    // The server is killed before the answer.
    ask(DM_ULOG_FLUSH, numbers({1}));
    waiting = 0;
    restart();
    BOOST_TEST(sync_count() == 4u);
    BOOST_TEST(is_in_sync(1));
    BOOST_TEST(number(DM_ULOG_IS_CLEAN, numbers({1})) == 0u);
    BOOST_TEST(error(DM_ULOG_FLUSH, numbers({1})) == 0);
    reboot("boot-2");
    create(disk);
    BOOST_TEST(!is_in_sync(1));
    BOOST_TEST(!is_in_sync(2));
    BOOST_TEST(!is_in_sync(4));
    BOOST_TEST(sync_count() == 2u);
}

BOOST_AUTO_TEST_CASE(nosync_applies_to_unused_log) {
    create(clean_disk);
    error(DM_ULOG_FLUSH, numbers({3}));
    reboot("boot-2");
    create(clean_disk);
    BOOST_TEST(sync_count() == 4u);
    reboot("boot-3");
    reconnect(clean_disk);
    BOOST_TEST(sync_count() == 0u);
}

BOOST_AUTO_TEST_CASE(resized_device_adjusts_dirty_regions) {
    create(clean_disk);
    error(DM_ULOG_FLUSH, numbers({3}));
    reboot("boot-2");
    create("80 disk /log 8");
    BOOST_TEST(sync_count() == 4u);
    BOOST_TEST(!is_in_sync(9));
    resync();
    clear();
    reboot("boot-3");
    create("9 disk /log 8");
    BOOST_TEST(sync_count() == 2u);
    error(DM_ULOG_POSTSUSPEND);
    // Bits beyond the old end are ignored when the log grows again.
    reboot("boot-4");
    create("80 disk /log 8");
    BOOST_TEST(sync_count() == 2u);
    reboot("boot-5");
    create("16000 disk /log 8 nosync");
    BOOST_TEST(sync_count() == 2u + 2000u - 10u);
    reboot("boot-6");
    create("16000 disk /log 8");
    BOOST_TEST(sync_count() == 2u + 2000u - 10u);
}

BOOST_AUTO_TEST_CASE(reload_keeps_bits_and_stops_predecessor) {
    create(disk, 1);
    resync(1);
    error(DM_ULOG_FLUSH, numbers({2}), 1);
    error(DM_ULOG_CTR, text("80 disk /log 8"), 2);
    error(DM_ULOG_POSTSUSPEND, {}, 1);
    BOOST_TEST(error(DM_ULOG_RESUME, {}, 2) == 0);
    BOOST_TEST(sync_count(2) == 5u);
    error(DM_ULOG_FLUSH, numbers({1}), 2);
    const auto writes = log_disk().writes;
    BOOST_TEST(error(DM_ULOG_DTR, {}, 1) == 0);
    BOOST_TEST(log_disk().writes == writes);
    reboot("boot-2");
    create("80 disk /log 8");
    BOOST_TEST(sync_count() == 3u);
    BOOST_TEST(!is_in_sync(1));
    BOOST_TEST(!is_in_sync(2));
}

BOOST_AUTO_TEST_CASE(resume_waits_for_predecessors_commit) {
    create(clean_disk, 1);
    error(DM_ULOG_CTR, text(clean_disk), 2);
    BOOST_TEST(!ask(DM_ULOG_POSTSUSPEND, {}, 1).has_value());
    BOOST_TEST(!ask(DM_ULOG_RESUME, {}, 2).has_value());
    job* const settle = server().next_job();
    BOOST_TEST_REQUIRE(settle != nullptr);
    BOOST_TEST((settle->kind == job_kind::settle));
    BOOST_TEST(server().next_job() == nullptr);
    run(*settle);
    job* const load = server().next_job();
    BOOST_TEST_REQUIRE(load != nullptr);
    BOOST_TEST((load->kind == job_kind::load));
    run(*load);
    BOOST_TEST(sync_count(2) == 5u);
}

BOOST_AUTO_TEST_CASE(failed_mark_reports_error_until_success) {
    create(clean_disk);
    BOOST_TEST(status() == "3 disk /log");
    log_disk().before = [] { return false; };
    BOOST_TEST(error(DM_ULOG_FLUSH, numbers({1})) == -EIO);
    BOOST_TEST(error(DM_ULOG_FLUSH) == -EIO);
    BOOST_TEST(settle(DM_ULOG_STATUS_INFO).text() == std::string_view("3 disk /log D\0", 14));
    log_disk().before = {};
    BOOST_TEST(error(DM_ULOG_FLUSH) == 0);
    BOOST_TEST(settle(DM_ULOG_STATUS_INFO).text() == std::string_view("3 disk /log A\0", 14));
    BOOST_TEST(has_logged("is writable again"));
    reboot("boot-2");
    create(clean_disk);
    BOOST_TEST(!is_in_sync(1));
}

BOOST_AUTO_TEST_CASE(failed_clear_keeps_mark) {
    create(clean_disk);
    error(DM_ULOG_FLUSH, numbers({1}));
    error(DM_ULOG_CLEAR_REGION, numbers({1}));
    log_disk().before = [] { return false; };
    clear();
    log_disk().before = {};
    BOOST_TEST(error(DM_ULOG_FLUSH, numbers({1})) == 0);
    reboot("boot-2");
    create(clean_disk);
    BOOST_TEST(!is_in_sync(1));
}

BOOST_AUTO_TEST_CASE(failed_load_fails_flush_until_resume) {
    BOOST_TEST(error(DM_ULOG_CTR, text(clean_disk)) == 0);
    log_disk().before = [] { return false; };
    BOOST_TEST(error(DM_ULOG_RESUME) == -EIO);
    BOOST_TEST(error(DM_ULOG_FLUSH) == -EIO);
    log_disk().before = {};
    BOOST_TEST(error(DM_ULOG_FLUSH) == -EIO);
    error(DM_ULOG_POSTSUSPEND);
    BOOST_TEST(error(DM_ULOG_RESUME) == 0);
    BOOST_TEST(error(DM_ULOG_FLUSH, numbers({1})) == 0);
    reboot("boot-2");
    create(clean_disk);
    BOOST_TEST(sync_count() == 4u);
}

BOOST_AUTO_TEST_CASE(damaged_block_dirties_its_regions) {
    create("16000 disk /log 8 nosync");
    error(DM_ULOG_POSTSUSPEND);
    log_disk().flip(2 * 4096 + 100);
    reboot("boot-2");
    create("16000 disk /log 8 nosync");
    BOOST_TEST(sync_count() == 2000u - 1920u);
    BOOST_TEST(has_logged("1 blocks of /log are damaged"));
}

BOOST_AUTO_TEST_CASE(damaged_headers_make_regions_dirty) {
    create(clean_disk);
    error(DM_ULOG_POSTSUSPEND);
    log_disk().flip(100);
    reboot("boot-2");
    create(clean_disk);
    BOOST_TEST(sync_count() == 5u);
    log_disk().flip(100);
    log_disk().flip(4096 + 100);
    reboot("boot-3");
    BOOST_TEST(error(DM_ULOG_CTR, text(clean_disk)) == 0);
    BOOST_TEST(error(DM_ULOG_RESUME) == 0);
    BOOST_TEST(sync_count() == 0u);
    BOOST_TEST(has_logged("was lost"));
}

BOOST_AUTO_TEST_CASE(restart_distrusts_unsynced_mark) {
    struct killed {};
    create(clean_disk);
    int uses = 0;
    log_disk().after = [&] {
        if (++uses == 2) throw killed();
    };
    ask(DM_ULOG_FLUSH, numbers({1}));
    job* const commit = server().next_job();
    BOOST_TEST_REQUIRE(commit != nullptr);
    BOOST_CHECK_THROW(commit->log->run(*commit), killed);
    log_disk().after = {};
    waiting = 0;
    restart();
    BOOST_TEST(error(DM_ULOG_FLUSH, numbers({1})) == 0);
    reboot("boot-2");
    create(clean_disk);
    BOOST_TEST(!is_in_sync(1));
}

BOOST_AUTO_TEST_CASE(restart_distrusts_mark_after_failed_sync) {
    create(clean_disk);
    int uses = 0;
    log_disk().before = [&] { return ++uses != 2; };
    BOOST_TEST(error(DM_ULOG_FLUSH, numbers({1})) == -EIO);
    log_disk().before = {};
    restart();
    BOOST_TEST(error(DM_ULOG_FLUSH, numbers({1})) == 0);
    reboot("boot-2");
    create(clean_disk);
    BOOST_TEST(!is_in_sync(1));
}

BOOST_AUTO_TEST_CASE(oversized_header_is_damaged) {
    create(clean_disk);
    journal_header huge;
    huge.uuid = *log_uuid::make("mirror");
    huge.shape = {sectors{std::uint64_t{1} << 60}, sectors{8}};
    huge.incarnation = 1;
    huge.generation = 100;
    error(DM_ULOG_DTR);
    const auto disk = log_disk().open();
    for (const std::uint64_t at : {0u, 4096u}) BOOST_TEST((*disk)->write(bytes{at}, make_header(huge)).has_value());
    create(clean_disk);
    BOOST_TEST(sync_count() == 0u);
}

BOOST_AUTO_TEST_CASE(power_cut_during_creation_is_recoverable) {
    struct power_cut {};
    for (std::size_t cut_at = 1, uses = cut_at; uses == cut_at; ++cut_at) {
        for (unsigned seed = 1; seed <= 20; ++seed) {
            disk_world w;
            std::mt19937 random(seed);
            uses = 0;
            w.log_disk().after = [&] {
                if (++uses == cut_at) throw power_cut();
            };
            try {
                w.create("16000 disk /log 8 nosync");
            } catch (const power_cut&) {
            }
            w.log_disk().after = {};
            w.log_disk().lose_some(random);
            w.late.clear();
            w.waiting = 0;
            w.reboot("boot-2");
            w.create("16000 disk /log 8 nosync");
            // A truncated header shows that the log was used.
            const std::uint64_t in_sync = w.sync_count();
            BOOST_TEST((in_sync == 0 || in_sync == 2000), "cut " << cut_at << " seed " << seed << ": " << in_sync);
            BOOST_TEST((uses == cut_at || in_sync == 2000));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
