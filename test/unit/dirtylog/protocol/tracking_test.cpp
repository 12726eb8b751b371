#include "unit/dirtylog/server/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

namespace dirtylog {
namespace {

using test::numbers;
using test::text;
using test::world;

/// Runs the same cases on both kinds of log.
struct tracked_world : world {
    explicit tracked_world(bool on_disk)
        : constructor(on_disk ? "40 disk /log 8 nosync" : "40 core 8 nosync"), is_disk(on_disk) {
        disks["/log"];
        create(constructor);
        // New regions count as changed.
        checkpoint("first");
    }
    int checkpoint(std::string_view name) {
        int error = -1;
        server().begin_checkpoint("mirror", name,
                                  [&](const result<changes>& got) { error = got ? 0 : got.error().code.value(); });
        work();
        return error;
    }
    std::string since(std::string_view name) {
        std::string text;
        server().changes_since("mirror", name, [&](const result<changes>& got) {
            text = got ? "" : got.error().code.message();
            if (got && got->everything) text = "everything ";
            if (got)
                for (const sector_range& each : got->ranges) text += to_string(each) + ' ';
        });
        work();
        return text;
    }
    void write(std::uint64_t which) {
        BOOST_TEST(error(DM_ULOG_FLUSH, numbers({which})) == 0);
        BOOST_TEST(error(DM_ULOG_CLEAR_REGION, numbers({which})) == 0);
    }
    void settle_all() {
        clear();
        clear();
    }

    std::string constructor;
    bool is_disk;
};

BOOST_AUTO_TEST_SUITE(tracking_suite)

BOOST_AUTO_TEST_CASE(changes_are_exactly_later_writes) {
    for (const bool on_disk : {false, true}) {
        tracked_world w(on_disk);
        w.settle_all();
        BOOST_TEST(w.since("first") == "");
        w.write(1);
        w.settle_all();
        BOOST_TEST(w.since("first") == "8+8 ");
        BOOST_TEST(w.checkpoint("second") == 0);
        BOOST_TEST(w.since("second") == "");
        w.write(2);
        w.write(4);
        BOOST_TEST(w.since("first") == "8+16 32+8 ");
        BOOST_TEST(w.since("second") == "16+8 32+8 ");
        BOOST_TEST((w.server().checkpoints("mirror") == std::vector<std::string>{"first", "second"}));
    }
}

BOOST_AUTO_TEST_CASE(region_in_use_counts_as_changed) {
    for (const bool on_disk : {false, true}) {
        tracked_world w(on_disk);
        w.error(DM_ULOG_FLUSH, numbers({3}));
        BOOST_TEST(w.checkpoint("second") == 0);
        // Writes continue without another mark.
        BOOST_TEST(w.since("second") == "24+8 ");
    }
}

BOOST_AUTO_TEST_CASE(unlogged_mark_counts_as_changed) {
    tracked_world w(true);
    w.write(3);
    // Clean in memory, dirty on disk.
    BOOST_TEST(w.checkpoint("second") == 0);
    w.write(3);
    w.reboot("boot-2");
    w.create(w.constructor);
    BOOST_TEST(w.since("second") == "24+8 ");
}

BOOST_AUTO_TEST_CASE(write_during_checkpoint_counts_as_changed) {
    for (const bool on_disk : {false, true}) {
        tracked_world w(on_disk);
        w.settle_all();
        w.checkpoint("before");
        bool is_done = false;
        w.server().begin_checkpoint("mirror", "second", [&](const result<changes>&) { is_done = true; });
        job* const making = w.server().next_job();
        BOOST_TEST_REQUIRE(making != nullptr);
        making->log->run(*making);
        w.ask(DM_ULOG_FLUSH, numbers({2}));
        w.ask(DM_ULOG_CLEAR_REGION, numbers({2}));
        w.complete(*making);
        BOOST_TEST(is_done);
        w.work();
        BOOST_TEST(w.since("before") == "16+8 ");
    }
}

BOOST_AUTO_TEST_CASE(changes_survive_restart) {
    for (const bool on_disk : {false, true}) {
        tracked_world w(on_disk);
        w.settle_all();
        w.checkpoint("second");
        w.write(2);
        w.restart();
        w.write(4);
        BOOST_TEST(w.since("second") == "16+8 32+8 ");
    }
}

BOOST_AUTO_TEST_CASE(reboot_keeps_changes_on_disk_only) {
    for (const bool on_disk : {false, true}) {
        tracked_world w(on_disk);
        w.settle_all();
        w.checkpoint("second");
        w.write(2);
        w.settle_all();
        w.checkpoint("third");
        w.write(4);
        w.reboot("boot-2");
        w.create(w.constructor);
        BOOST_TEST(w.since("second") == (on_disk ? "16+8 32+8 " : "everything 0+40 "));
        BOOST_TEST(w.since("third") == (on_disk ? "32+8 " : "everything 0+40 "));
    }
}

BOOST_AUTO_TEST_CASE(reload_keeps_changes) {
    for (const bool on_disk : {false, true}) {
        tracked_world w(on_disk);
        w.settle_all();
        w.checkpoint("second");
        w.write(2);
        const std::string grown = on_disk ? "48 disk /log 8 nosync" : "48 core 8 nosync";
        w.error(DM_ULOG_CTR, text(grown), 2);
        w.error(DM_ULOG_POSTSUSPEND);
        w.error(DM_ULOG_RESUME, {}, 2);
        w.error(DM_ULOG_DTR);
        BOOST_TEST(w.since("second") == "16+8 40+8 ");
    }
}

BOOST_AUTO_TEST_CASE(out_of_sync_regions_are_changed) {
    for (const bool on_disk : {false, true}) {
        tracked_world w(on_disk);
        w.settle_all();
        w.error(DM_ULOG_SET_REGION_SYNC, numbers({1, 0}));
        w.checkpoint("second");
        w.error(DM_ULOG_SET_REGION_SYNC, numbers({1, 1}));
        w.error(DM_ULOG_CLEAR_REGION, numbers({1}));
        BOOST_TEST(w.since("second") == "8+8 ");
    }
}

BOOST_AUTO_TEST_CASE(lost_state_changes_everything) {
    tracked_world w(true);
    w.settle_all();
    w.checkpoint("second");
    // The same boot, with the live state lost.
    std::filesystem::remove_all(w.run_directory());
    std::filesystem::create_directory(w.run_directory());
    w.restart();
    w.reconnect(w.constructor);
    BOOST_TEST(w.since("second") == "0+40 ");
}

BOOST_AUTO_TEST_CASE(damaged_checkpoint_block_changes_its_regions) {
    tracked_world w(true);
    w.settle_all();
    w.disks["/log"].flip(2 * 4096 + 512 + 40);
    BOOST_TEST(w.since("first") == "0+40 ");
}

BOOST_AUTO_TEST_CASE(checkpoints_are_limited_and_forgettable) {
    for (const bool on_disk : {false, true}) {
        tracked_world w(on_disk);
        for (int i = 2; i <= 7; ++i) BOOST_TEST(w.checkpoint("c" + std::to_string(i)) == 0);
        BOOST_TEST(w.checkpoint("c8") == ENOSPC);
        w.write(1);
        w.server().forget_checkpoint("mirror", "c3", [](const result<changes>& got) { BOOST_TEST(got.has_value()); });
        w.work();
        BOOST_TEST(w.since("c3") == "everything 0+40 ");
        w.settle_all();
        BOOST_TEST(w.checkpoint("c8") == 0);
        BOOST_TEST(w.since("c8") == "");
        BOOST_TEST(w.checkpoint("c8") == EEXIST);
    }
}

BOOST_AUTO_TEST_CASE(failed_checkpoint_keeps_earlier_one) {
    tracked_world w(true);
    w.settle_all();
    w.checkpoint("second");
    int syncs = 0;
    // Damage the header.
    w.disks["/log"].after_sync = [&] { return ++syncs != 2; };
    BOOST_TEST(w.checkpoint("third") == EIO);
    w.disks["/log"].after_sync = {};
    w.write(2);
    w.settle_all();
    w.reboot("boot-2");
    w.create(w.constructor);
    BOOST_TEST(w.since("second") == "16+8 ");
}

BOOST_AUTO_TEST_CASE(time_under_other_log_changes_everything) {
    tracked_world w(true);
    w.disks["/other"];
    w.settle_all();
    w.checkpoint("second");
    w.write(2);
    std::uint64_t before = 1;
    for (const std::string_view next : {"40 disk /other 8 nosync", "40 disk /log 8 nosync"}) {
        w.error(DM_ULOG_CTR, text(next), before + 1);
        w.error(DM_ULOG_POSTSUSPEND, {}, before);
        w.error(DM_ULOG_RESUME, {}, before + 1);
        w.error(DM_ULOG_DTR, {}, before);
        ++before;
        if (before == 2) w.checkpoint("on the other");
    }
    BOOST_TEST(w.since("second") == "0+40 ");
}

BOOST_AUTO_TEST_CASE(names_are_known_during_commit) {
    tracked_world w(true);
    w.settle_all();
    w.ask(DM_ULOG_FLUSH, numbers({2}));
    job* const commit = w.server().next_job();
    BOOST_TEST_REQUIRE(commit != nullptr);
    BOOST_TEST((w.server().checkpoints("mirror") == std::vector<std::string>{"first"}));
    int error = 0;
    w.server().begin_checkpoint("mirror", "first",
                                [&](const result<changes>& got) { error = got ? 0 : got.error().code.value(); });
    w.run(*commit);
    w.work();
    BOOST_TEST(error == EEXIST);
}

BOOST_AUTO_TEST_CASE(invalid_names_are_refused) {
    tracked_world w(false);
    BOOST_TEST(w.checkpoint("") == EINVAL);
    BOOST_TEST(w.checkpoint(std::string(33, 'x')) == EINVAL);
    BOOST_TEST(w.since("never made") == "everything 0+40 ");
    int error = 0;
    w.server().changes_since("nobody", "first", [&](const result<changes>& got) { error = got.error().code.value(); });
    BOOST_TEST(error == ENODEV);
    w.server().forget_checkpoint("mirror", "x", [&](const result<changes>& got) { error = got.error().code.value(); });
    error = 0;
    w.work();
    BOOST_TEST(error == ENOENT);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
