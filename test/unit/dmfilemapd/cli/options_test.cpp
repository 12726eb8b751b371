#include "dmfilemapd/cli/options.hpp"

#include "common/cli/startup_error.hpp"
#include "dmfilemapd/cli/option_values.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using dmfilemapd::options;
using dmfilemapd::parse_options;
using filemap::group_id;
using filemap::log_level;
using filemap::fs::follow_mode;
using words = std::vector<std::string>;

options parse(const words& arguments) {
    return parse_options(arguments);
}

std::string refusal_of(const words& arguments) {
    try {
        static_cast<void>(parse(arguments));
    } catch (const app::usage_error& wrong) {
        return wrong.what();
    }
    return "(accepted)";
}

struct refused_line {
    words arguments;
    std::string why;
};

const refused_line refused[] = {
    {{}, "no FILE given"},
    {{"3"}, "too few arguments: FD GROUP_ID PATH MODE are needed"},
    {{"3", "0", "/f"}, "too few arguments: FD GROUP_ID PATH MODE are needed"},
    {{"3", "0", "/f", "inode", "0", "0", "0"}, "too many arguments after FD GROUP_ID PATH MODE FOREGROUND LOG_LEVEL"},
    {{"-3", "0", "/f", "inode"}, "FD '-3': negative"},
    {{"+3", "0", "/f", "inode"}, "FD '+3': not a whole number"},
    {{"three", "0", "/f", "inode"}, "FD 'three': not a whole number"},
    {{"3x", "0", "/f", "path"}, "FD '3x': not a whole number"},
    {{"", "0", "/f", "path"}, "FD '': not a whole number"},
    {{"2147483648", "0", "/f", "inode"}, "FD '2147483648': greater than 2147483647"},
    {{"99999999999999999999999", "0", "/f", "inode"}, "FD '99999999999999999999999': greater than 2147483647"},
    {{"3", "g", "/f", "inode"}, "GROUP_ID 'g': not a whole number"},
    {{"3", "-1", "/f", "inode"}, "GROUP_ID '-1': negative"},
    {{"3", "0 ", "/f", "inode"}, "GROUP_ID '0 ': not a whole number"},
    {{"3", "0", "f", "inode"}, "PATH 'f': not absolute"},
    {{"3", "0", "", "inode"}, "PATH '': empty"},
    {{"3", "0", "/f", "Inode"}, "MODE 'Inode': neither inode nor path"},
    {{"3", "0", "/f", ""}, "MODE '': neither inode nor path"},
    {{"3", "0", "/f", "inode", "2"}, "FOREGROUND '2': greater than 1"},
    {{"3", "0", "/f", "inode", "y"}, "FOREGROUND 'y': not a whole number"},
    {{"3", "0", "/f", "inode", "0", "4"}, "LOG_LEVEL '4': greater than 3"},
    {{"3", "0", "/f", "inode", "0", "-1"}, "LOG_LEVEL '-1': negative"},
    {{"3", "0", "/f", "inode", "--foreground"}, "FOREGROUND '--foreground': not a whole number"},
    {{"--foreground", "3", "0", "/f", "inode"},
     "FILE '3': FD GROUP_ID PATH MODE take no options; a file of such a name is to be written ./3"},
    {{""}, "FILE '': empty"},
    {{"--nope", "f"}, "unrecognised option '--nope'"},
    {{"--n\nope", "f"}, "unrecognised option '--n\\nope'"},
    {{"-x", "f"}, "unrecognised option '-x'"},
    {{"--verb", "f"}, "unrecognised option '--verb'"},
    {{"--fd"}, "the required argument for option '--fd' is missing"},
    {{"--json=yes", "f"}, "option '--json' does not take any arguments"},
    {{"--alias", "a", "--alias", "b", "f"}, "option '--alias' cannot be specified more than once"},
    {{"--fd", "3", "f"}, "--fd needs --path"},
    {{"--fd", "3", "--path", "/f"}, "--path needs --group-id"},
    {{"--path", "/f"}, "--path needs --group-id"},
    {{"--group-id", "3"}, "no FILE given"},
    {{"--group-id", "3", "--path", "f"}, "--path 'f': not absolute"},
    {{"--group-id", "3", "--path", ""}, "--path '': empty"},
    {{"--group-id", "3", "--path", "/f", "g"}, "--path and FILE exclude each other"},
    {{"--group-id", "3", "f", "g"}, "--group-id goes with one file"},
    {{"--group-id", "x", "f"}, "--group-id 'x': not a whole number"},
    {{"--group-id", "3", "--path", "/f", "--fd", "-1"}, "--fd '-1': negative"},
    {{"--group-id", "3", "--path", "/f", "--alias", "a"},
     "--alias is for groups that are made here, not with --group-id"},
    {{"--group-id", "3", "--path", "/f", "--precise"},
     "--precise is for groups that are made here, not with --group-id"},
    {{"--check-config", "f", "g"}, "--check-config goes with one FILE"},
    {{"--check-config", ""}, "FILE '': empty"},
    {{"--check-config=f"}, "option '--check-config' does not take any arguments"},
    {{"--check-config", "--alias", "a"}, "--alias does not go with --check-config"},
    {{"--check-config", "-v", "f"}, "--verbose does not go with --check-config"},
    {{"--check-config", "--dry-run", "f"}, "--dry-run does not go with --check-config"},
    {{"--metrics-file", "/m", "f"}, "--metrics-file goes with --config"},
    {{"--config", "f", "--metrics-file", "m"}, "--metrics-file 'm': not absolute"},
    {{"--config", "f", "--metrics-file", ""}, "--metrics-file '': empty"},
    {{"--check-config", "--metrics-file", "/m", "f"}, "--metrics-file does not go with --check-config"},
    {{"--alias", "", "f"}, "--alias '': empty"},
    {{"--alias", std::string(256, 'a'), "f"}, "--alias '" + std::string(256, 'a') + "': longer than 255 bytes"},
    {{"--alias", "a", "f", "g"}, "--alias goes with one FILE"},
    {{"--json", "f"}, "--json goes with --dry-run"},
    {{"--follow", "name", "f"}, "--follow 'name': neither inode nor path"},
    {{"--regions", "all", "f"}, "--regions 'all': neither cover nor exact"},
    {{"--max-regions", "-1", "f"}, "--max-regions '-1': negative"},
    {{"--interval", "0", "f"}, "--interval '0': less than 1"},
    {{"--interval", "1.5", "f"}, "--interval '1.5': not a time with one of the units ns, us, ms, s"},
    {{"--interval", "s", "f"}, "--interval 's': not a whole number"},
    {{"--interval", "", "f"}, "--interval '': not a whole number"},
    {{"--interval", "-1s", "f"}, "--interval '-1s': not a whole number"},
    {{"--interval", "0s", "f"}, "--interval '0s': less than 1 ms"},
    {{"--interval", "100us", "f"}, "--interval '100us': not a whole number of ms"},
    {{"--interval", "86401s", "f"}, "--interval '86401s': greater than 86400000 ms"},
    {{"--interval", "9223372037s", "f"}, "--interval '9223372037': greater than 9223372036"},
    {{"--interval", "86400001", "f"}, "--interval '86400001': greater than 86400000"},
    {{"--tolerance", "x", "f"}, "--tolerance 'x': not a whole number"},
    {{"--verify", "1500ms", "f"}, "--verify '1500ms': not a whole number of s"},
    {{"--verify", "31536001", "f"}, "--verify '31536001': greater than 31536000"},
    {{"--program-id", "", "f"}, "--program-id '': empty"},
    {{"--program-id", "a b", "f"}, "--program-id 'a b': not printable ASCII without blanks"},
    {{"--program-id", "\xc3\xa0", "f"}, "--program-id '\xc3\xa0': not printable ASCII without blanks"},
    {{"--program-id", std::string(129, 'p'), "f"}, "--program-id '" + std::string(129, 'p') + "': too long"},
    {{"--bounds", "", "f"}, "--bounds '': not a whole number"},
    {{"--bounds", "1,,2", "f"}, "--bounds '': not a whole number"},
    {{"--bounds", "0", "f"}, "--bounds '0': less than 1"},
    {{"--bounds", "-1", "f"}, "--bounds '-1': not a time with one of the units ns, us, ms, s"},
    {{"--bounds", "2ms,1ms", "f"}, "--bounds '2ms,1ms': not strictly increasing"},
    {{"--bounds", "1ms,1000us", "f"}, "--bounds '1ms,1000us': not strictly increasing"},
    {{"--bounds", "1h", "f"}, "--bounds '1h': not a time with one of the units ns, us, ms, s"},
    {{"--bounds", "99999999999s", "f"}, "--bounds '99999999999': greater than 9223372036"},
};

struct bounds_line {
    std::string list;
    bool precise;
    std::string kernels;
    bool precise_then;
};

const bounds_line bounds[] = {
    {"10ms", false, "10", false},
    {"10ms,50ms,1s", false, "10,50,1000", false},
    {"1000000", false, "1", false},
    {"1000000,2000us,3ms", false, "1,2,3", false},
    {"1ms,2s", true, "1000000,2000000000", true},
    {"500us,1ms", false, "500000,1000000", true},
    {"100", false, "100", true},
    {"1ms,1500us", false, "1000000,1500000", true},
    {"9223372036s", false, "9223372036000", false},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(options_test)

BOOST_AUTO_TEST_CASE(refusals_name_argument_and_cause) {
    for (const refused_line& line : refused) BOOST_TEST(refusal_of(line.arguments) == line.why);
}

BOOST_AUTO_TEST_CASE(drop_in_form_with_four_arguments) {
    const options given = parse({"3", "7", "/mnt/a file", "inode"});
    BOOST_TEST((given.act == options::action::follow));
    BOOST_TEST(given.fd.value() == 3);
    BOOST_TEST((given.group == group_id{7}));
    BOOST_TEST(given.files == words{"/mnt/a file"}, boost::test_tools::per_element());
    BOOST_TEST((given.follow == follow_mode::inode));
    BOOST_TEST(!given.foreground);
    BOOST_TEST(given.verbosity == 0U);
    BOOST_TEST(given.regions.max_regions == 0U);
}

BOOST_AUTO_TEST_CASE(drop_in_form_with_six_arguments) {
    const options given = parse({"0", "0", "/f", "path", "1", "3"});
    BOOST_TEST(given.fd.value() == 0);
    BOOST_TEST((given.follow == follow_mode::path));
    BOOST_TEST(given.foreground);
    BOOST_TEST((log_level_of(given) == log_level::debug));
}

BOOST_AUTO_TEST_CASE(long_options_say_the_same) {
    const options given =
        parse({"--fd", "3", "--group-id=7", "--path", "/f", "--follow", "path", "--foreground", "-vv"});
    BOOST_TEST(given.fd.value() == 3);
    BOOST_TEST((given.group == group_id{7}));
    BOOST_TEST(given.files == words{"/f"}, boost::test_tools::per_element());
    BOOST_TEST((given.follow == follow_mode::path));
    BOOST_TEST(given.foreground);
    BOOST_TEST((log_level_of(given) == log_level::info));
    BOOST_TEST(given.regions.max_regions == 0U);
}

BOOST_AUTO_TEST_CASE(files_have_defaults) {
    const options given = parse({"a", "./3", "-v", "--", "-b"});
    BOOST_TEST(!given.fd.has_value());
    BOOST_TEST(!given.group.has_value());
    BOOST_TEST(given.files == (words{"a", "./3", "-b"}), boost::test_tools::per_element());
    BOOST_TEST((given.follow == follow_mode::inode));
    BOOST_TEST(!given.foreground);
    BOOST_TEST(given.program_id == "dmstats");
    BOOST_TEST((given.regions.rule == filemap::region_rule::cover));
    BOOST_TEST(given.regions.max_regions == dmfilemapd::default_max_regions);
    BOOST_TEST(given.interval.count() == 250);
    BOOST_TEST(given.tolerance.count() == 1000);
    BOOST_TEST(given.verify.count() == 60);
    BOOST_TEST((log_level_of(given) == log_level::notice));
}

BOOST_AUTO_TEST_CASE(all_options_are_taken) {
    const options given =
        parse({"--alias", "my name", "--program-id", "p", "--precise", "--regions", "exact", "--max-regions", "5",
               "--interval", "10", "--tolerance", "0", "--verify", "0", "--dry-run", "--json", "f"});
    BOOST_TEST((given.act == options::action::dry_run));
    BOOST_TEST(given.json);
    BOOST_TEST(given.alias.value() == "my name");
    BOOST_TEST(given.program_id == "p");
    BOOST_TEST(given.counting.precise_timestamps);
    BOOST_TEST(given.counting.histogram == "");
    BOOST_TEST((given.regions.rule == filemap::region_rule::exact));
    BOOST_TEST(given.regions.max_regions == 5U);
    BOOST_TEST(given.interval.count() == 10);
    BOOST_TEST(given.tolerance.count() == 0);
    BOOST_TEST(given.verify.count() == 0);
}

BOOST_AUTO_TEST_CASE(verbosity_counts_and_has_an_end) {
    BOOST_TEST(parse({"f"}).verbosity == 0U);
    BOOST_TEST(parse({"-v", "f"}).verbosity == 1U);
    BOOST_TEST(parse({"-v", "--verbose", "f"}).verbosity == 2U);
    BOOST_TEST(parse({"-vvv", "f"}).verbosity == 3U);
    BOOST_TEST(parse({"-vvvvv", "f"}).verbosity == 3U);
    BOOST_TEST((log_level_of(parse({"f"})) == log_level::warning));
}

BOOST_AUTO_TEST_CASE(help_and_version_need_nothing_else) {
    BOOST_TEST((parse({"--help"}).act == options::action::help));
    BOOST_TEST((parse({"-h", "-V"}).act == options::action::help));
    BOOST_TEST((parse({"--version", "f"}).act == options::action::version));
    BOOST_TEST((parse({"-V"}).act == options::action::version));
}

BOOST_AUTO_TEST_CASE(times_may_have_a_unit) {
    const options given = parse({"--interval", "2s", "--tolerance", "1500000us", "--verify", "60000ms", "f"});
    BOOST_TEST(given.interval.count() == 2000);
    BOOST_TEST(given.tolerance.count() == 1500);
    BOOST_TEST(given.verify.count() == 60);
}

BOOST_AUTO_TEST_CASE(check_config_uses_default_or_path) {
    BOOST_TEST((parse({"--check-config"}).act == options::action::check_config));
    BOOST_TEST(parse({"--check-config"}).config == "/etc/dmfilemapd/dmfilemapd.toml");
    BOOST_TEST(parse({"--check-config", "f"}).config == "f");
    BOOST_TEST(parse({"f", "--check-config"}).config == "f");
}

BOOST_AUTO_TEST_CASE(service_accepts_metrics_output) {
    BOOST_TEST(!parse({"--config", "f"}).metrics_file.has_value());
    BOOST_TEST(parse({"--config", "f", "--metrics-file", "/m.prom"}).metrics_file.value() == "/m.prom");
}

BOOST_AUTO_TEST_CASE(four_files_are_not_drop_in) {
    BOOST_TEST(parse({"a", "b", "c", "inode"}).files.size() == 4U);
    BOOST_TEST(parse({"./1", "2", "3", "4"}).files.size() == 4U);
}

BOOST_AUTO_TEST_CASE(bounds_become_what_the_kernel_wants) {
    for (const bounds_line& line : bounds) {
        BOOST_TEST_CONTEXT(line.list) {
            const auto counting = dmfilemapd::parse_bounds("--bounds", line.list, line.precise);
            BOOST_TEST(counting.histogram == line.kernels);
            BOOST_TEST(counting.precise_timestamps == line.precise_then);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
