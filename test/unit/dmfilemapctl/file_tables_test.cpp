#include "dmfilemapctl/file_tables.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace dmfilemapctl;

BOOST_AUTO_TEST_SUITE(show_test)

BOOST_AUTO_TEST_CASE(events_are_lines) {
    BOOST_TEST(line_of_event(R"({"event":"listening","number":3})") == "");
    BOOST_TEST(line_of_event(R"({"event":"synced","number":4,"time":"T","path":"/a b","group":7,"regions":2})") ==
               "T synced /a b: group 7, regions 2\n");
    BOOST_TEST(line_of_event(R"({"event":"state","time":"T","path":"/x","state":"failed","reason":"a\nb"})") ==
               "T state /x: state failed, reason a\\nb\n");
    BOOST_TEST(line_of_event(R"({"event":"reload","time":"T"})") == "T reload\n");
}

BOOST_AUTO_TEST_CASE(names_are_told_by_their_bytes) {
    BOOST_TEST(line_of_event("{\"event\":\"e\",\"time\":\"T\",\"path\":\"/\xef\xbf\xbd\",\"path_encoded\":\"/%FF\"}") ==
               "T e /\\xff\n");
    // No daemon sends an invalid encoding. The client then uses the plain member.
    BOOST_TEST(line_of_event(R"({"event":"e","time":"T","path":"/x","path_encoded":"/%F"})") == "T e /x\n");
    BOOST_TEST(text_of_object(R"({"path":"/\u001b[2J\\","state":"x\u009by"})") ==
               "path:  /\\x1b[2J\\\\\nstate: x\\xc2\\x9by\n");
}

BOOST_AUTO_TEST_CASE(objects_are_lines) {
    BOOST_TEST(text_of_object(R"({"a_b":1,"long_name":{"x":true,"y":"z"},"n":{}})") ==
               "a b:       1\nlong name: x true, y z\nn:         -\n");
}

BOOST_AUTO_TEST_CASE(what_no_daemon_sends_is_refused) {
    for (const char* text : {"", "nonsense", "[]", "7", R"({"files":7})", R"({"files":[7]})", R"({"files":[{}]})"}) {
        BOOST_CHECK_THROW(static_cast<void>(table_of_files(text)), std::exception);
    }
    for (const char* text : {"", "[]"}) {
        BOOST_CHECK_THROW(static_cast<void>(line_of_event(text)), std::exception);
        BOOST_CHECK_THROW(static_cast<void>(text_of_object(text)), std::exception);
        BOOST_CHECK_THROW(static_cast<void>(detail_of(text)), std::exception);
    }
}

BOOST_AUTO_TEST_SUITE_END()
