// Our groups as shown and counted by stock dmstats while a file grows.

#include "kernel/follow_fixture.hpp"

#include <map>
#include <string>

namespace filemap::test {
namespace {

/// Returns the name in the only row of groups.
std::string name_shown_by(const std::string& command, std::uint64_t group) {
    std::string text =
        run_or_throw({"dmstats", command, "--group", "--noheadings", "--separator", "|", "-o", "stats_name,group_id"});
    while (text.ends_with('\n')) text.pop_back();
    const std::string end = '|' + std::to_string(group);
    BOOST_TEST_REQUIRE(text.ends_with(end), command << " does not show the group: " << text);
    text.resize(text.size() - end.size());
    BOOST_TEST(text.find('|') == std::string::npos, command << " shows more than the group: " << text);
    return text;
}

/// @return The group's name in the output.
std::string name_in_dmstats() {
    const listed_group group = only_group();
    const std::string listed = name_shown_by("list", group.id);
    BOOST_TEST(name_shown_by("report", group.id) == listed);
    BOOST_TEST((listed == group.alias || listed == group.written_alias), "not the alias: " << listed);
    return listed;
}

void dmstats_shows_the_group(start_form form) {
    const scratch_file file("data.bin");
    file.edit().write_and_sync(0, MiB);
    running_daemon daemon(form, file.path());
    require_sync(file.path(), "after the start");
    BOOST_TEST(name_in_dmstats() == "data.bin");
}

/// Replaces all but letters and digits by '_': an alias may differ from the file's name in other characters only.
std::string letters_of(const std::string& text) {
    std::string kept;
    for (const char c : text) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_letter || !kept.ends_with('_')) kept += is_letter ? c : '_';
    }
    return kept;
}

void a_name_is_shown(const std::string& name) {
    const scratch_file file(name);
    file.edit().write_and_sync(0, MiB);
    running_daemon daemon(start_form::own_inode, file.path());
    require_sync(file.path(), "after the start");
    const std::string shown = name_in_dmstats();
    BOOST_TEST(letters_of(shown) == letters_of(name));
    BOOST_TEST(shown.size() <= name.size());
    file.edit().write_and_sync(4 * MiB, 256 * KiB);
    require_sync(file.path(), "after an append");
    BOOST_TEST(name_shown_by("list", only_group().id) == shown);
}

std::map<std::string, std::string> names() {
    std::string accents = "x";
    while (accents.size() < 255) accents += "\u00e0";
    return {{"plain", "data.bin"},
            {"blank", "two words"},
            {"leading_blank", " first"},
            {"tab", "a\tb"},
            {"quote", "a\"b"},
            {"quoted", "\"ab\""},
            {"hash", "a#b"},
            {"hash_blank", "a# b"},
            {"hash_only", "#"},
            {"colon", "a:b"},
            {"like_members", "a:0-1#-"},
            {"a0_byte", "voil\u00e0"},
            {"newline", "a\nb"},
            {"backslash", "a\\b"},
            {"forged_row", "a\n7: 0+8 8 dmstats -"},
            {"bytes_255", std::string(255, 'n')},
            {"accents_255", accents},
            {"invalid_utf8", "a\xa0\xff"}};
}

/// Growth keeps the old regions with their ids and counters.
void growth_leaves_old_regions_alone(start_form form) {
    const scratch_file file;
    file.edit().allocate(0, 0, MiB);  // so that no file system reserves more
    file.edit().write_and_sync(0, MiB);
    running_daemon daemon(form, file.path());
    require_sync(file.path(), "after the start");
    file.edit().read_direct(0, MiB);
    const map_report before = check_map(file.path());
    std::map<std::uint64_t, std::pair<sector_run, io_counts>> old;
    for (const listed_region& region : before.regions) {
        old[region.id] = {region.run, counts_of(before.device, region.id)};
        BOOST_TEST_REQUIRE(old[region.id].second.reads > 0U, "nothing is counted: the test would prove nothing");
    }

    constexpr std::uint64_t piece = 16 * KiB;
    for (std::uint64_t i = 0; i < 100; ++i) file.edit().write_and_sync(MiB + i * piece, piece);
    require_sync(file.path(), "after 100 appends");

    const map_report after = check_map(file.path());
    BOOST_TEST_REQUIRE(after.group.has_value());
    BOOST_TEST(after.group->id == before.group->id);
    for (const auto& [id, was] : old) {
        const auto found = std::ranges::find(after.regions, id, &listed_region::id);
        BOOST_TEST_REQUIRE((found != after.regions.end()), "region " << id << " is gone");
        BOOST_TEST((found->run == was.first), "region " << id << " is another now");
        BOOST_TEST((counts_of(after.device, id) == was.second), "region " << id << " lost its counts");
    }
}

const bool registered = [] {
    constexpr start_form forms[] = {start_form::dmstats_inode, start_form::dmstats_path, start_form::own_inode,
                                    start_form::own_path};
    auto& shown = add_suite("dmstats_shows");
    auto& growth = add_suite("growth");
    for (const start_form form : forms) {
        add_case(shown, std::string(name_of(form)), [form] { dmstats_shows_the_group(form); });
        add_case(growth, std::string(name_of(form)), [form] { growth_leaves_old_regions_alone(form); });
    }
    auto& named = add_suite("file_name");
    for (const auto& [label, name] : names()) add_case(named, label, [name = name] { a_name_is_shown(name); });
    return true;
}();

}  // namespace
}  // namespace filemap::test
