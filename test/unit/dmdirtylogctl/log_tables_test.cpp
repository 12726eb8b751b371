#include "dmdirtylogctl/log_tables.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

namespace {

using namespace dmdirtylogctl;

const char* const two_ranges = R"({"uuid":"m1","since":"a","everything":false,"changed_sectors":12288,)"
                               R"("ranges":[{"start":0,"length":4096},{"start":131072,"length":8192}]})";
const char* const everything =
    R"({"uuid":"m1","since":"a","everything":true,"reason":"it was lost","changed_sectors":131072,)"
    R"("ranges":[{"start":0,"length":131072}]})";

}  // namespace

BOOST_AUTO_TEST_SUITE(show_test)

BOOST_AUTO_TEST_CASE(logs_print_as_table) {
    const char* const logs =
        R"({"logs":[{"uuid":"m\u001b","state":"working","arguments":"core 1024","sectors":131072,"region_sectors":1024,)"
        R"("regions":128,"in_sync":100,"dirty":28,"failed":false,"requests":7},)"
        R"({"uuid":"n","state":"constructed","arguments":"disk /x 64","sectors":64,"region_sectors":64,"regions":1,)"
        R"("requests":2}]})";
    BOOST_TEST(table_of_logs(logs) ==
               "STATE        SECTORS  REGION  IN SYNC  DIRTY  REQUESTS  UUID   ARGUMENTS\n"
               "working       131072    1024  100/128     28         7  m\\x1b  core 1024\n"
               "constructed       64      64  -            -         2  n      disk /x 64\n");
}

BOOST_AUTO_TEST_CASE(unwritable_log_shows_failed) {
    const char* const logs = R"({"logs":[{"uuid":"n","state":"working","arguments":"core 8","failed":true}]})";
    BOOST_TEST(table_of_logs(logs).find("\nfailed ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(changes_print_with_sum) {
    BOOST_TEST(table_of_changes(two_ranges) ==
               " START  LENGTH\n     0  4096\n131072  8192\n2 ranges, 12288 sectors (6.0 MiB)\n");
}

BOOST_AUTO_TEST_CASE(ranges_print_only_numbers) {
    BOOST_TEST(ranges_of_changes(two_ranges) == "0 4096\n131072 8192\n");
    BOOST_TEST(reason_of_changes(two_ranges) == "");
    BOOST_TEST(ranges_of_changes(everything) == "0 131072\n");
    BOOST_TEST(reason_of_changes(everything) == "it was lost");
    BOOST_TEST(ranges_of_changes(R"({"ranges":[]})") == "");
}

BOOST_AUTO_TEST_CASE(unexpected_json_throws) {
    for (const char* text : {"", "[]", "{}", R"({"ranges":1})", R"({"ranges":[{"start":-1,"length":1}]})"})
        BOOST_CHECK_THROW(static_cast<void>(ranges_of_changes(text)), std::exception);
}

BOOST_AUTO_TEST_SUITE_END()
