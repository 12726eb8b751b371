#include "dmfilemapd/config/load_configuration.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace dmfilemapd;
using app::config::source_file;
using texts = std::vector<std::string>;

configuration read(std::vector<source_file> sources) {
    return read_configuration(sources);
}

texts paths_of(const configuration& of) {
    texts all;
    for (const file_entry& file : of.files) all.push_back(file.path);
    return all;
}

file_settings settings_from(const std::string& keys, const std::string& defaults = "") {
    return read({{"F", "[defaults]\n" + defaults + "\n[[file]]\npath = '/x'\n" + keys}}).files.at(0).settings;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config_reading_test)

BOOST_AUTO_TEST_CASE(empty_file_is_a_configuration) {
    for (const char* text : {"", "\n", "# nothing", "file = []\nglob = []\n", "\xef\xbb\xbf"}) {
        const configuration read_all = read({{"F", text}});
        BOOST_TEST(read_all.files.empty());
        BOOST_TEST(read_all.globs.empty());
        BOOST_TEST((read_all.defaults == file_settings{}));
        BOOST_TEST((read_all.control == configuration{}.control));
        BOOST_TEST((read_all.log_level == filemap::log_level::notice));
    }
}

BOOST_AUTO_TEST_CASE(all_settings_are_taken) {
    const file_settings given = settings_from(
        "follow = 'inode'\nalias = 'a-{name}'\nprogram-id = 'p'\nprecise = true\nbounds = '10ms,1s'\nregions = "
        "'exact'\n"
        "max-regions = 5\ninterval = 10\ntolerance = '2s'\nverify = 0\ndelete-on-exit = true\nabsent = 'fail'\n");
    file_settings expected;
    expected.follow = filemap::fs::follow_mode::inode;
    expected.alias = "a-{name}";
    expected.program_id = "p";
    expected.counting = {true, "10000000,1000000000"};
    expected.regions = {filemap::region_rule::exact, 5};
    expected.interval = std::chrono::milliseconds(10);
    expected.tolerance = std::chrono::seconds(2);
    expected.verify = std::chrono::seconds(0);
    expected.delete_on_exit = true;
    expected.absent = absence::fail;
    BOOST_TEST((given == expected));
}

BOOST_AUTO_TEST_CASE(settings_differ_in_each_key) {
    for (const char* key : {"follow = 'inode'", "alias = 'a'", "program-id = 'p'", "precise = true", "bounds = '1ms'",
                            "regions = 'exact'", "max-regions = 5", "interval = 10", "tolerance = 10", "verify = 10",
                            "delete-on-exit = true", "absent = 'fail'"}) {
        BOOST_TEST_CONTEXT(key) {
            BOOST_TEST(!(settings_from(key) == file_settings{}));
        }
    }
}

BOOST_AUTO_TEST_CASE(entries_go_before_defaults) {
    const file_settings given = settings_from("interval = '1s'", "interval = '2s'\nverify = '3s'");
    BOOST_TEST(given.interval.count() == 1000);
    BOOST_TEST(given.verify.count() == 3);
}

BOOST_AUTO_TEST_CASE(default_bounds_use_entrys_unit) {
    using filemap::dm::counting_options;
    BOOST_TEST((settings_from("", "bounds = '10ms'").counting == counting_options{false, "10"}));
    BOOST_TEST((settings_from("precise = true", "bounds = '10ms'").counting == counting_options{true, "10000000"}));
    BOOST_TEST((settings_from("bounds = ''", "bounds = '10ms'").counting == counting_options{false, ""}));
    BOOST_TEST((settings_from("bounds = '5us'").counting == counting_options{true, "5000"}));
    BOOST_TEST((settings_from("bounds = '5ms'", "bounds = '5us'").counting == counting_options{false, "5"}));
    BOOST_TEST((settings_from("precise = false", "precise = true\nbounds = '1s'").counting ==
                counting_options{false, "1000"}));
}

BOOST_AUTO_TEST_CASE(files_are_sorted_with_source_place) {
    const configuration all = read({{"F", "[[file]]\npath = '/b'\n[[file]]\npath = '/a'\n"}});
    BOOST_TEST(paths_of(all) == (texts{"/a", "/b"}), boost::test_tools::per_element());
    BOOST_TEST(to_string(all.files[0].where) == "F:4:8");
    BOOST_TEST(to_string(all.files[1].where) == "F:2:8");
}

BOOST_AUTO_TEST_CASE(paths_are_made_plain) {
    const configuration all =
        read({{"F",
               "[[file]]\npath = '//a//b'\n[[file]]\npath = '/./c/./d'\n[[file]]\npath-escaped = '/e\\xe9\\n\\t\\\\x'\n"
               "[[file]]\npath = '/f\\xe9'\n[[file]]\npath = '/...'\n[[file]]\npath = \"/g\\u00e9\\n\"\n"}});
    BOOST_TEST(paths_of(all) == (texts{"/...", "/a/b", "/c/d", "/e\xe9\n\t\\x", "/f\\xe9", "/g\xc3\xa9\n"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(globs_are_taken_in_their_order) {
    const configuration all =
        read({{"F",
               "[[glob]]\npattern = '/b//*'\nrecursive = true\nexclude = ['*.tmp', '/b/./c*']\nverify = 5\n"
               "[[glob]]\npattern = '/a/*'\n"}});
    BOOST_TEST_REQUIRE(all.globs.size() == 2U);
    BOOST_TEST(all.globs[0].pattern == "/b/*");
    BOOST_TEST(all.globs[0].recursive);
    BOOST_TEST(all.globs[0].exclude == (texts{"*.tmp", "/b/c*"}), boost::test_tools::per_element());
    BOOST_TEST(all.globs[0].settings.verify.count() == 5);
    BOOST_TEST(to_string(all.globs[0].where) == "F:2:11");
    BOOST_TEST(all.globs[1].pattern == "/a/*");
    BOOST_TEST(!all.globs[1].recursive);
    BOOST_TEST(all.globs[1].exclude.empty());
    BOOST_TEST((all.globs[1].settings == file_settings{}));
}

BOOST_AUTO_TEST_CASE(metrics_address_defaults_to_loopback) {
    const auto address_in = [](const std::string& value) {
        std::ostringstream text;
        if (const auto address = read({{"F", "[metrics]\naddress = '" + value + "'\n"}}).metrics.address)
            text << *address;
        return text.str();
    };
    BOOST_TEST(address_in("") == "");
    BOOST_TEST(address_in("9797") == "127.0.0.1:9797");
    BOOST_TEST(address_in("10.0.0.1:1") == "10.0.0.1:1");
    BOOST_TEST(address_in("0.0.0.0:65535") == "0.0.0.0:65535");
    BOOST_TEST(address_in("[::1]:9797") == "[::1]:9797");
}

BOOST_AUTO_TEST_CASE(last_source_sets_metrics) {
    BOOST_TEST((read({{"F", ""}}).metrics == metrics_settings{}));
    const configuration all = read({{"F", "[metrics]\naddress = '1'\nfile = '/m//n.prom'\ninterval = '60000ms'\n"},
                                    {"G", "[metrics]\naddress = ''\ninterval = 3\n"}});
    BOOST_TEST(!all.metrics.address.has_value());
    BOOST_TEST(all.metrics.file == "/m/n.prom");
    BOOST_TEST(all.metrics.interval.count() == 3);
    BOOST_TEST(all.metrics.hosts.empty());
    BOOST_TEST((read({{"F", "[metrics]\nhosts = ['db1', 'db1.example.org']\n"}}).metrics.hosts ==
                std::vector<std::string>{"db1", "db1.example.org"}));
}

BOOST_AUTO_TEST_CASE(control_and_level) {
    const configuration all =
        read({{"F", "log-level = 'debug'\n[control]\nsocket = '/run/x.sock'\nmode = '0600'\ngroup = 'adm'\n"}});
    BOOST_TEST((all.control == app::control::settings{"/run/x.sock", 0600, "adm"}));
    BOOST_TEST((all.log_level == filemap::log_level::debug));
    BOOST_TEST(read({{"F", "control = {socket = ''}"}}).control.socket == "");
}

BOOST_AUTO_TEST_CASE(later_files_override_entries_add) {
    const configuration all = read({
        {"1",
         "log-level = 'info'\n[defaults]\ninterval = 1\nverify = 1\n[[file]]\npath = '/1'\n[[glob]]\npattern = "
         "'/1/*'\n"},
        {"2", "[[file]]\npath = '/2'\nverify = 9\n"},
        {"3", "log-level = 'error'\n[defaults]\ninterval = 3\n[control]\nmode = '0600'\n[[glob]]\npattern = '/3/*'\n"},
    });
    BOOST_TEST((all.log_level == filemap::log_level::error));
    BOOST_TEST(all.defaults.interval.count() == 3);
    BOOST_TEST(all.defaults.verify.count() == 1);
    BOOST_TEST((all.control == app::control::settings{configuration{}.control.socket, 0600}));
    BOOST_TEST(paths_of(all) == (texts{"/1", "/2"}), boost::test_tools::per_element());
    BOOST_TEST((all.files[0].settings == all.defaults));
    BOOST_TEST(all.files[1].settings.interval.count() == 3);
    BOOST_TEST(all.files[1].settings.verify.count() == 9);
    BOOST_TEST(to_string(all.files[1].where) == "2:2:8");
    BOOST_TEST_REQUIRE(all.globs.size() == 2U);
    BOOST_TEST((all.globs[0].settings == all.defaults));
    BOOST_TEST(all.globs[1].pattern == "/3/*");
}

BOOST_AUTO_TEST_CASE(settings_change_when_defaults_do) {
    const source_file main{"main", "[[file]]\npath = '/1'\n[[file]]\npath = '/2'\ninterval = 1\n"};
    const configuration before = read({main});
    const configuration after = read({main, {"drop-in", "[defaults]\ninterval = 7\n"}});
    BOOST_TEST(!(before.files[0].settings == after.files[0].settings));
    BOOST_TEST((before.files[1].settings == after.files[1].settings));
}

BOOST_AUTO_TEST_CASE(many_files) {
    std::string text;
    for (int i = 0; i < 10000; ++i) text += "[[file]]\npath = '/srv/" + std::to_string(i) + "'\n";
    BOOST_TEST(read({{"F", text}}).files.size() == 10000U);
}

BOOST_AUTO_TEST_SUITE_END()
