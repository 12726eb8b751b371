// Owner of the file or device at the place of a log.

#include "unit/dirtylog/protocol/disk_log_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

namespace dirtylog {
namespace {

using test::answer;
using test::clean_disk;
using test::disk;
using test::numbers;
using test::text;
using test::with_leg;

BOOST_FIXTURE_TEST_SUITE(disk_place_suite, test::disk_world)

BOOST_AUTO_TEST_CASE(device_is_named_to_first_constructor) {
    log_disk().number = "253:5";
    const answer first = settle(DM_ULOG_CTR, text(disk));
    BOOST_TEST(first.text() == std::string_view("253:5\0", 6));
    BOOST_TEST(settle(DM_ULOG_CTR, text(disk)).text() == std::string_view("253:5\0", 6));
    BOOST_TEST(error(DM_ULOG_RESUME) == 0);
    reconnect(disk);
    log_disk().number = "253:6";
    reconnect("40 disk /log 8 sync");
    BOOST_TEST(settle(DM_ULOG_STATUS_INFO).text() == std::string_view("3 disk 253:6 A\0", 15));
}

BOOST_AUTO_TEST_CASE(foreign_content_is_refused_and_kept) {
    create(disk);
    error(DM_ULOG_POSTSUSPEND);
    error(DM_ULOG_DTR);
    const auto before = log_disk().content();
    BOOST_TEST(error(DM_ULOG_CTR, text(disk), 2, "other") == -EEXIST);
    BOOST_TEST(has_logged("log other refused: /log is the log of mirror"));
    BOOST_TEST(error(DM_ULOG_CTR, text("40 disk /log 16"), 3) == -EINVAL);
    BOOST_TEST(has_logged("is a log of regions of 8 sectors, not 16"));
    BOOST_TEST((log_disk().content() == before));
    disks["/text"].flip(66000);
    BOOST_TEST(error(DM_ULOG_CTR, text("40 disk /text 8")) == -EEXIST);
    BOOST_TEST(has_logged("contains data that is not a log"));
    BOOST_TEST(error(DM_ULOG_CTR, text("40 disk /log 8 leg=/gone")) == -ENOENT);
    disks.emplace("/small", 1000);
    BOOST_TEST(error(DM_ULOG_CTR, text("40 disk /small 8")) == -ENOSPC);
}

BOOST_AUTO_TEST_CASE(log_of_other_mirror_is_refused) {
    create(disk, 1, "a");
    BOOST_TEST(error(DM_ULOG_CTR, text(disk), 2, "b") == -EEXIST);
}

BOOST_AUTO_TEST_CASE(log_under_other_path_is_kept) {
    error(DM_ULOG_CTR, text(clean_disk), 1, "a");
    error(DM_ULOG_CTR, text("40 disk /./log 8 nosync"), 2, "b");
    BOOST_TEST(error(DM_ULOG_RESUME, {}, 1, "a") == 0);
    BOOST_TEST(error(DM_ULOG_FLUSH, numbers({1}), 1, "a") == 0);
    BOOST_TEST(error(DM_ULOG_RESUME, {}, 2, "b") == -EEXIST);
    BOOST_TEST(has_logged("log b could not start: /./log is the log of a"));
    BOOST_TEST(error(DM_ULOG_FLUSH, numbers({2}), 2, "b") == -EIO);
    reboot("boot-2");
    create(clean_disk, 1, "a");
    BOOST_TEST(settle(DM_ULOG_GET_SYNC_COUNT, {}, 1, "a").number() == 4u);
}

BOOST_AUTO_TEST_CASE(two_mirrors_on_one_log_serialize) {
    error(DM_ULOG_CTR, text(clean_disk), 1, "a");
    error(DM_ULOG_CTR, text("40 disk /./log 8 nosync"), 2, "b");
    BOOST_TEST(!ask(DM_ULOG_RESUME, {}, 1, "a").has_value());
    BOOST_TEST(!ask(DM_ULOG_RESUME, {}, 2, "b").has_value());
    job* const first = server().next_job();
    BOOST_TEST_REQUIRE(first != nullptr);
    BOOST_TEST(server().next_job() == nullptr);
    run(*first);
    work();
    BOOST_TEST(late[late.size() - 2].error == 0);
    BOOST_TEST(late.back().error == -EEXIST);
}

BOOST_AUTO_TEST_CASE(unused_table_frees_its_place) {
    error(DM_ULOG_CTR, text(clean_disk), 1, "a");
    create(clean_disk, 2, "b");
    BOOST_TEST(error(DM_ULOG_FLUSH, numbers({1}), 2, "b") == 0);
}

BOOST_AUTO_TEST_CASE(constructor_waits_for_previous_close) {
    create(with_leg);
    error(DM_ULOG_FLUSH, numbers({1}));
    error(DM_ULOG_CLEAR_REGION, numbers({1}));
    server().clear_round();
    server().clear_round();
    job* const flush = server().next_job();
    BOOST_TEST_REQUIRE(flush != nullptr);
    BOOST_TEST((flush->kind == job_kind::flush_legs));
    BOOST_TEST(!ask(DM_ULOG_CTR, text(disk)).has_value());
    BOOST_TEST(server().next_job() == nullptr);
    run(*flush);
    work();
    BOOST_TEST(late.back().error == -EAGAIN);
    create(clean_disk);
}

BOOST_AUTO_TEST_CASE(device_is_absent_while_opening) {
    log_disk().number = "253:5";
    ask(DM_ULOG_CTR, text(disk));
    job* const open = server().next_job();
    BOOST_TEST_REQUIRE(open != nullptr);
    open->log->run(*open);
    BOOST_TEST(ask(DM_ULOG_STATUS_INFO)->text() == std::string_view("3 disk /log A\0", 14));
    complete(*open);
    BOOST_TEST(ask(DM_ULOG_STATUS_INFO)->text() == std::string_view("3 disk 253:5 A\0", 15));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
