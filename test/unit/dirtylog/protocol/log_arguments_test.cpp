#include "protocol/log_arguments.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <string>

namespace dirtylog {
namespace {

constexpr sectors page{8};

log_arguments read(std::string_view text) {
    auto parsed = parse_log_arguments(text, page);
    BOOST_TEST_REQUIRE(parsed.has_value(), text);
    return *parsed;
}

void check_refused(std::string_view text, int error, std::string_view why) {
    const auto parsed = parse_log_arguments(text, page);
    BOOST_TEST_REQUIRE(!parsed.has_value(), text);
    BOOST_TEST(parsed.error().code.value() == error, text);
    BOOST_TEST(parsed.error().context.find(why) != std::string::npos, parsed.error().context);
}

BOOST_AUTO_TEST_SUITE(log_arguments_suite)

BOOST_AUTO_TEST_CASE(core_and_disk_are_parsed) {
    const log_arguments core = read("2048 core 1024");
    BOOST_TEST((core.kind == backend_kind::core));
    BOOST_TEST(core.shape.length.count() == 2048u);
    BOOST_TEST(core.shape.region_size.count() == 1024u);
    BOOST_TEST((core.initial == initial_state::sync));
    BOOST_TEST(core.table_text == "core 1024");
    const log_arguments disk = read("2049 disk /var/lib/a.log 8 nosync leg=/dev/sda leg=8:16");
    BOOST_TEST((disk.kind == backend_kind::disk));
    BOOST_TEST(disk.path == "/var/lib/a.log");
    BOOST_TEST((disk.initial == initial_state::nosync));
    BOOST_TEST((disk.legs == std::vector<std::string>{"/dev/sda", "/dev/block/8:16"}));
    BOOST_TEST(disk.table_text == "disk /var/lib/a.log 8 nosync leg=/dev/sda leg=8:16");
}

BOOST_AUTO_TEST_CASE(partial_last_region_counts) {
    BOOST_TEST(read("2048 core 1024").shape.regions().count() == 2u);
    BOOST_TEST(read("2049 core 1024").shape.regions().count() == 3u);
    BOOST_TEST(read("1 core 1024").shape.regions().count() == 1u);
}

BOOST_AUTO_TEST_CASE(lvm2_spellings_are_accepted) {
    const log_arguments disk = read("2048 clustered-disk 253:5 1024 nosync block_on_error");
    BOOST_TEST((disk.kind == backend_kind::disk));
    BOOST_TEST(disk.type == "clustered-disk");
    BOOST_TEST(disk.path == "/dev/block/253:5");
    BOOST_TEST((disk.initial == initial_state::nosync));
    BOOST_TEST(read("2048 clustered-core 1024 block_on_error sync").type == "clustered-core");
}

BOOST_AUTO_TEST_CASE(dangerous_region_size_is_refused) {
    check_refused("2048 core 0", EINVAL, "not a power of two");
    check_refused("2048 core 96", EINVAL, "region size 96 is not a power of two");
    check_refused("2048 core 4", EINVAL, "less than a page of 8 sectors");
    check_refused("2048 core 2147483648", EINVAL, "2^31");
    check_refused("2048 core 18446744073709551616", EINVAL, "not a number");
    check_refused("2048 core -8", EINVAL, "not a number");
    check_refused("2048 core 8k", EINVAL, "not a number");
    check_refused("2048 core", EINVAL, "not a number");
    BOOST_TEST(read("2048 core 8").shape.region_size.count() == 8u);
    BOOST_TEST(read("2048 core 1073741824").shape.regions().count() == 1u);
}

BOOST_AUTO_TEST_CASE(too_many_regions_are_refused) {
    BOOST_TEST((read("536870912 core 8").shape.regions() == max_regions));
    check_refused("536870913 core 8", EFBIG, "choose a larger region size");
    check_refused("18446744073709551615 core 8", EFBIG, "choose a larger region size");
}

BOOST_AUTO_TEST_CASE(relative_path_uses_log_directory) {
    const auto path_of = [](const std::string& text) {
        return parse_log_arguments(text, page_in_sectors(), "/srv/logs").value().path;
    };
    BOOST_TEST(path_of("2048 disk a.log 8") == "/srv/logs/a.log");
    BOOST_TEST(path_of("2048 disk /a.log 8") == "/a.log");
    BOOST_TEST(path_of("2048 disk 253:1 8") == "/dev/block/253:1");
}

BOOST_AUTO_TEST_CASE(invalid_words_are_named) {
    check_refused("", EINVAL, "length \"\"");
    check_refused("x core 8", EINVAL, "length \"x\"");
    check_refused("0 core 8", EINVAL, "length \"0\"");
    check_refused("2048", EINVAL, "log type \"\"");
    check_refused("2048 disc /x 8", EINVAL, "log type \"disc\"");
    check_refused("2048 disk", EINVAL, "log \"\"");
    check_refused("2048 disk a.log 8", EINVAL, "log \"a.log\"");
    check_refused("2048 disk 253: 8", EINVAL, "log \"253:\"");
    check_refused("2048 disk /a.log", EINVAL, "region size \"\"");
    check_refused("2048 core 8 nosynch", EINVAL, "argument \"nosynch\"");
    check_refused("2048 core 8 sync nosync", EINVAL, "\"nosync\" after");
    check_refused("2048 core 8 leg=sda", EINVAL, "leg \"sda\"");
    check_refused("2048 core 8 leg=", EINVAL, "leg \"\"");
}

BOOST_AUTO_TEST_CASE(too_long_string_is_refused) {
    const std::string begin = "2048 disk /";
    const std::string end = " 1024";
    const std::string longest = begin + std::string(max_arguments_length - begin.size() - end.size(), 'x') + end;
    BOOST_TEST(read(longest).path.size() > 300u);
    check_refused(begin + "x" + longest.substr(begin.size()), ENAMETOOLONG, "332 bytes");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
