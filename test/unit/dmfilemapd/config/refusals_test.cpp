#include "dmfilemapd/config/load_configuration.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace std::string_literals;
using lines = std::vector<std::string>;

struct refused {
    std::string text;
    lines why;
};

std::string times(const char* what, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += what;
    return all;
}

lines refusals_of(std::vector<app::config::source_file> sources) {
    try {
        static_cast<void>(dmfilemapd::read_configuration(sources));
        return {"(accepted)"};
    } catch (const dmfilemapd::configuration_error& wrong) {
        BOOST_TEST(wrong.what() == wrong.lines().front());
        return wrong.lines();
    }
}

void check(const refused& given) {
    BOOST_TEST_CONTEXT(given.text.substr(0, 200)) {
        BOOST_TEST(refusals_of({{"F", given.text}}) == given.why, boost::test_tools::per_element());
    }
}

const refused no_toml[] = {
    {"=", {"F:1:1: Error while parsing root table: expected keys, tables, whitespace or comments, saw '='"}},
    {"[file", {"F:1:6: Error while parsing table header: encountered end-of-file"}},
    {"\xc3\xa9 = 1",
     {"F:1:1: Error while parsing root table: expected keys, tables, whitespace or comments, saw '\xc3\xa9'"}},
    {"a = \xef\xbb\x9f", {"F:1:5: Error while parsing value: could not determine value type"}},
    {"[=]", {"F:1:2: Error while parsing key: expected bare key starting character or string delimiter, saw '='"}},
    {"[[[", {"F:1:3: Error while parsing key: expected bare key starting character or string delimiter, saw '['"}},
    {"a = 1\na = 2", {"F:2:5: Error while parsing key-value pair: cannot redefine existing integer 'a'"}},
    {"[control]\n[control]\n", {"F:2:1: Error while parsing table header: cannot redefine existing table 'control'"}},
    {"interval = 1h", {"F:1:13: Error while parsing decimal integer: expected digit, saw 'h'"}},
    {"a = \"\\q\"", {"F:1:7: Error while parsing string: unknown escape sequence '\\q'"}},
    {"# \xff", {"F:1:3: not UTF-8; a path of such bytes is written as path-escaped"}},
    {"[[file]]\npath = '/caf\xe9'", {"F:2:13: not UTF-8; a path of such bytes is written as path-escaped"}},
    {"\n# \xc3\xa4\xc3\xa4\xc3", {"F:2:5: not UTF-8; a path of such bytes is written as path-escaped"}},
    {"# \xed\xa0\x80", {"F:1:3: not UTF-8; a path of such bytes is written as path-escaped"}},
    {"a = \0"s, {"F:1:5: Error while parsing value: unexpected control character"}},
    {"# " + times("x", 16384), {"F:1:16385: line of more than 16384 bytes"}},
    {"\n" + times("a.", 1000000) + "a = 1", {"F:2:16385: line of more than 16384 bytes"}},
    {"a = " + times("[", 10000),
     {"F:1:261: Error while parsing value: exceeded maximum nested value depth of 256 (TOML_MAX_NESTED_VALUES)"}},
};

const refused unknown[] = {
    {"colour = 1", {"F:1:1: unknown key 'colour'"}},
    {"loglevel = 'info'", {"F:1:1: unknown key 'loglevel'; did you mean 'log-level'?"}},
    {"[[files]]\npath = '/x'", {"F:1:3: unknown key 'files'; did you mean 'file'?"}},
    {"\n  [default]", {"F:2:4: unknown key 'default'; did you mean 'defaults'?"}},
    {"interval = 5", {"F:1:1: unknown key 'interval'; it belongs into [defaults], [[file]] or [[glob]]"}},
    {"[defaults]\nintervall = 5", {"F:2:1: unknown key 'intervall'; did you mean 'interval'?"}},
    {"[defaults]\npath = '/x'", {"F:2:1: unknown key 'path'"}},
    {"[control]\nsoket = '/x'", {"F:2:1: unknown key 'soket'; did you mean 'socket'?"}},
    {"[[file]]\npath = '/x'\nmax_regions = 5", {"F:3:1: unknown key 'max_regions'; did you mean 'max-regions'?"}},
    {"[[file]]\npath = '/x'\nrecursive = true", {"F:3:1: unknown key 'recursive'"}},
    {"[[glob]]\npatern = '/x'",
     {"F:1:1: [[glob]] without a pattern", "F:2:1: unknown key 'patern'; did you mean 'pattern'?"}},
    {"\"a\\nb\\u202e\" = 1", {"F:1:1: unknown key 'a\\nb\\xe2\\x80\\xae'"}},
    {"a.b.c = 1", {"F:1:1: unknown key 'a'"}},
    {"\"\" = 1", {"F:1:1: unknown key ''"}},
};

const refused of_a_wrong_kind[] = {
    {"log-level = 1", {"F:1:13: log-level: must be a string, not an integer"}},
    {"file = 1", {"F:1:8: file: must be an array of tables, [[file]]"}},
    {"[file]\npath = '/x'", {"F:1:1: file: must be an array of tables, [[file]]"}},
    {"file = [{path = '/x'}, '/y']", {"F:1:24: file: must be an array of tables, [[file]]"}},
    {"glob = '*'", {"F:1:8: glob: must be an array of tables, [[glob]]"}},
    {"[[defaults]]", {"F:1:1: defaults: must be a table, [defaults]"}},
    {"control = '/x'", {"F:1:11: control: must be a table, [control]"}},
    {"[defaults]\nprecise = 1", {"F:2:11: precise: must be true or false, not an integer"}},
    {"[defaults]\nprecise = 'yes'", {"F:2:11: precise: must be true or false, not a string"}},
    {"[defaults]\nmax-regions = '5'", {"F:2:15: max-regions: must be an integer, not a string"}},
    {"[defaults]\nmax-regions = 1e3", {"F:2:15: max-regions: must be an integer, not a floating-point number"}},
    {"[defaults]\ninterval = 1.5",
     {"F:2:12: interval: must be an integer, or a string with a unit such as \"500ms\", not a floating-point number"}},
    {"[defaults]\nverify = 00:01:00",
     {"F:2:10: verify: must be an integer, or a string with a unit such as \"500ms\", not a time"}},
    {"[defaults]\nfollow = 2026-11-22", {"F:2:10: follow: must be a string, not a date"}},
    {"[defaults]\nfollow = 2026-11-22T00:00:00Z", {"F:2:10: follow: must be a string, not a date and time"}},
    {"[defaults]\nbounds = [1, 2]", {"F:2:10: bounds: must be a string, not an array"}},
    {"[[file]]\npath = {}", {"F:2:8: path: must be a string, not a table"}},
    {"[[glob]]\npattern = '/x'\nexclude = '*.tmp'", {"F:3:11: exclude: must be an array of strings, not a string"}},
    {"[[glob]]\npattern = '/x'\nexclude = ['a', true]", {"F:3:11: exclude: must be a string, not a boolean"}},
    {"[control]\nmode = 0o660", {"F:2:8: mode: must be a string, not an integer"}},
};

const refused out_of_range[] = {
    {"log-level = 'loud'", {"F:1:13: log-level 'loud': none of error, warning, notice, info, debug"}},
    {"[defaults]\nfollow = 'inod'", {"F:2:10: follow 'inod': neither inode nor path"}},
    {"[defaults]\nregions = 'merged'", {"F:2:11: regions 'merged': neither cover nor exact"}},
    {"[defaults]\nabsent = 'ignore'", {"F:2:10: absent 'ignore': neither wait nor fail"}},
    {"[defaults]\nmax-regions = -1", {"F:2:15: max-regions '-1': negative"}},
    {"[defaults]\nmax-regions = 2147483648", {"F:2:15: max-regions '2147483648': greater than 2147483647"}},
    {"[defaults]\ninterval = 0", {"F:2:12: interval '0': less than 1"}},
    {"[defaults]\ninterval = '0s'", {"F:2:12: interval '0s': less than 1 ms"}},
    {"[defaults]\ninterval = '250us'", {"F:2:12: interval '250us': not a whole number of ms"}},
    {"[defaults]\ninterval = '5min'", {"F:2:12: interval '5min': not a time with one of the units ns, us, ms, s"}},
    {"[defaults]\ninterval = '2 s'", {"F:2:12: interval '2 s': not a time with one of the units ns, us, ms, s"}},
    {"[defaults]\ntolerance = '86401s'", {"F:2:13: tolerance '86401s': greater than 86400000 ms"}},
    {"[defaults]\nverify = '1500ms'", {"F:2:10: verify '1500ms': not a whole number of s"}},
    {"[defaults]\nverify = 31536001", {"F:2:10: verify '31536001': greater than 31536000"}},
    {"[defaults]\nbounds = '2ms,1ms'", {"F:2:10: bounds '2ms,1ms': not strictly increasing"}},
    {"[defaults]\nbounds = '1h'", {"F:2:10: bounds '1h': not a time with one of the units ns, us, ms, s"}},
    {"[defaults]\nprogram-id = ''", {"F:2:14: program-id '': empty"}},
    {"[defaults]\nprogram-id = 'a b'", {"F:2:14: program-id 'a b': not printable ASCII without blanks"}},
    {"[defaults]\nalias = ''", {"F:2:9: alias '': empty"}},
    {"[defaults]\nalias = '{nam}'", {"F:2:9: alias '{nam}': unknown placeholder '{nam}'; did you mean '{name}'?"}},
    {"[defaults]\nalias = '{name'", {"F:2:9: alias '{name': '{' without '}'"}},
    {"[defaults]\nalias = \"a\\u0000\"", {"F:2:9: alias 'a\\x00': holds a NUL character"}},
    {"[defaults]\nalias = '" + times("a", 256) + "'",
     {"F:2:9: alias '" + times("a", 256) + "': longer than 255 bytes"}},
    {"[control]\nmode = '660x'", {"F:2:8: mode '660x': not an octal mode from 0000 to 0777"}},
    {"[control]\nmode = '1777'", {"F:2:8: mode '1777': not an octal mode from 0000 to 0777"}},
    {"[control]\nmode = ''", {"F:2:8: mode '': not an octal mode from 0000 to 0777"}},
    {"[control]\nmode = '-1'", {"F:2:8: mode '-1': not an octal mode from 0000 to 0777"}},
    {"[metrics]\nadress = ''", {"F:2:1: unknown key 'adress'; did you mean 'address'?"}},
    {"[metrics]\nhosts = 'x'", {"F:2:9: hosts: must be an array of strings, not a string"}},
    {"[metrics]\nhosts = ['a:1']", {"F:2:9: hosts 'a:1': not the name of a host"}},
    {"[metrics]\nhosts = ['']", {"F:2:9: hosts '': empty"}},
    {"metrics = 1", {"F:1:11: metrics: must be a table, [metrics]"}},
    {"[metrics]\naddress = 9797", {"F:2:11: address: must be a string, not an integer"}},
    {"[metrics]\naddress = '0'", {"F:2:11: address '0': less than 1"}},
    {"[metrics]\naddress = '127.0.0.1:65536'", {"F:2:11: address '65536': greater than 65535"}},
    {"[metrics]\naddress = '127.0.0.1'", {"F:2:11: address '127.0.0.1': not ADDRESS:PORT, [ADDRESS]:PORT or PORT"}},
    {"[metrics]\naddress = 'host:1'", {"F:2:11: address 'host:1': not ADDRESS:PORT, [ADDRESS]:PORT or PORT"}},
    {"[metrics]\naddress = '::1:1'", {"F:2:11: address '::1:1': not ADDRESS:PORT, [ADDRESS]:PORT or PORT"}},
    {"[metrics]\naddress = '[127.0.0.1]:1'",
     {"F:2:11: address '[127.0.0.1]:1': not ADDRESS:PORT, [ADDRESS]:PORT or PORT"}},
    {"[metrics]\naddress = ':1'", {"F:2:11: address ':1': not ADDRESS:PORT, [ADDRESS]:PORT or PORT"}},
    {"[metrics]\nfile = 'x'", {"F:2:8: file 'x': not absolute"}},
    {"[metrics]\ninterval = 0", {"F:2:12: interval '0': less than 1"}},
    {"[metrics]\ninterval = '500ms'", {"F:2:12: interval '500ms': not a whole number of s"}},
    {"[control]\nsocket = 'x'", {"F:2:10: socket 'x': not absolute"}},
    {"[control]\nsocket = '/" + times("s", 103) + "'",
     {"F:2:10: socket '/" + times("s", 103) + "': longer than 103 bytes"}},
    {"[control]\ngroup = ''", {"F:2:9: group '': empty"}},
    {"[control]\ngroup = 'a:b'", {"F:2:9: group 'a:b': not the name of a group"}},
};

const refused paths[] = {
    {"[[file]]", {"F:1:1: [[file]] without a path"}},
    {"[[file]]\ninterval = 5\n\n  [[file]]", {"F:1:1: [[file]] without a path", "F:4:3: [[file]] without a path"}},
    {"[[file]]\npath = ''", {"F:2:8: path '': empty"}},
    {"[[file]]\npath = 'x/y'", {"F:2:8: path 'x/y': not absolute"}},
    {"[[file]]\npath = '/x/../y'", {"F:2:8: path '/x/../y': holds '..'"}},
    {"[[file]]\npath = '/x/..'", {"F:2:8: path '/x/..': holds '..'"}},
    {"[[file]]\npath = '/x/'", {"F:2:8: path '/x/': ends with a slash, so it is a directory's"}},
    {"[[file]]\npath = '/'", {"F:2:8: path '/': ends with a slash, so it is a directory's"}},
    {"[[file]]\npath = '/.'", {"F:2:8: path '/.': names the root directory"}},
    {"[[file]]\npath = \"/x\\u0000y\"", {"F:2:8: path '/x\\x00y': holds a NUL character"}},
    {"[[file]]\npath = '/" + times("p", 4095) + "'",
     {"F:2:8: path '/" + times("p", 4095) + "': longer than 4095 bytes"}},
    {"[[file]]\npath-escaped = '/x\\q'",
     {"F:2:16: path-escaped '/x\\\\q': a backslash begins \\n, \\t, \\\\ or \\xNN with two hexadecimal digits"}},
    {"[[file]]\npath-escaped = '/x\\xe'",
     {"F:2:16: path-escaped '/x\\\\xe': a backslash begins \\n, \\t, \\\\ or \\xNN with two hexadecimal digits"}},
    {"[[file]]\npath-escaped = '/x\\x00'", {"F:2:16: path-escaped '/x\\x00': holds a NUL character"}},
    {"[[file]]\npath = '/x'\npath-escaped = '/y'", {"F:3:16: path-escaped: the entry has a path already"}},
    {"[[file]]\npath = '/x'\n[[file]]\npath = '/x'", {"F:4:8: path '/x': already given at F:2:8"}},
    {"[[file]]\npath = '/x'\n[[file]]\npath = '//x/./y'\n[[file]]\npath-escaped = '/\\x78'",
     {"F:6:16: path '/x': already given at F:2:8"}},
    {"[[glob]]", {"F:1:1: [[glob]] without a pattern"}},
    {"[[glob]]\npattern = ''", {"F:2:11: pattern '': empty"}},
    {"[[glob]]\npattern = '*.img'", {"F:2:11: pattern '*.img': not absolute"}},
    {"[[glob]]\npattern = '/*/../x'", {"F:2:11: pattern '/*/../x': holds '..'"}},
    {"[[glob]]\npattern = '/*'\n[[glob]]\nrecursive = true\npattern = '/*'",
     {"F:5:11: pattern '/*': already given at F:2:11"}},
    {"[[glob]]\npattern = '/*'\nexclude = ['']", {"F:3:11: exclude '': empty"}},
    {"[[glob]]\npattern = '/*'\nexclude = ['a/b']", {"F:3:11: exclude 'a/b': neither a name nor absolute"}},
    {"[[glob]]\npattern = '/*'\nexclude = ['/a/../b']", {"F:3:11: exclude '/a/../b': holds '..'"}},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(config_refusals_test)

BOOST_AUTO_TEST_CASE(what_is_no_toml) {
    for (const refused& given : no_toml) check(given);
}

BOOST_AUTO_TEST_CASE(unknown_keys_and_what_was_meant) {
    for (const refused& given : unknown) check(given);
}

BOOST_AUTO_TEST_CASE(values_of_a_wrong_kind) {
    for (const refused& given : of_a_wrong_kind) check(given);
}

BOOST_AUTO_TEST_CASE(values_out_of_range) {
    for (const refused& given : out_of_range) check(given);
}

BOOST_AUTO_TEST_CASE(paths_and_patterns) {
    for (const refused& given : paths) check(given);
}

BOOST_AUTO_TEST_CASE(errors_are_listed_in_file_order) {
    check(
        {"[[glob]]\npattern = '/*'\nverify = -1\ninterval = 'x'\n[[file]]\nx = 1\n[defaults]\nfollow = 1\n",
         {"F:3:10: verify '-1': negative", "F:4:12: interval 'x': not a whole number", "F:5:1: [[file]] without a path",
          "F:6:1: unknown key 'x'", "F:8:10: follow: must be a string, not an integer"}});
}

BOOST_AUTO_TEST_CASE(all_is_told_of_several_files) {
    const lines told =
        refusals_of({{"main", "[[file]]\npath = '/x'\n"}, {"a\nb", "="}, {"c", "[[file]]\npath = '/x'"}});
    const lines expected = {
        "a\\nb:1:1: Error while parsing root table: expected keys, tables, whitespace or comments, saw '='",
        "c:2:8: path '/x': already given at main:2:8"};
    BOOST_TEST(told == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
