#include "support/outcomes.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace filemap::test {
namespace {

constexpr fate_description all_fates[] = {
    {fate::follows, "follows", std::nullopt, regions_then::kept_true, ""},
    {fate::waits, "waits", std::nullopt, regions_then::deleted, "file has no extents"},
    {fate::dead, "file dead", 0, regions_then::deleted, "the file is unlinked and no longer open anywhere"},
    {fate::gone, "path gone", 1, regions_then::deleted, "nothing to follow at the path"},
    {fate::removed, "removed", 0, regions_then::left_alone, "the group was removed by another program"},
    {fate::unmounted, "unmounted", 0, regions_then::left_alone, "the file system was unmounted"},
};

constexpr auto on_file = operations_on::file;
constexpr auto on_identity = operations_on::identity;
constexpr auto on_group = operations_on::group;

constexpr outcome_row all_outcomes[] = {
    {on_file, "removed, open nowhere", fate::dead, fate::gone},
    {on_file, "removed, open elsewhere", fate::follows, fate::gone},
    {on_file, "removed, mapped elsewhere", fate::follows, fate::gone},
    {on_file, "removed, then closed by the last", fate::dead, fate::gone},
    {on_file, "renamed", fate::follows, fate::gone},
    {on_file, "renamed, and back in time", fate::follows, fate::follows},
    {on_file, "removed, and another made in time", fate::dead, fate::follows},
    {on_file, "replaced by rename", fate::dead, fate::follows},
    {on_file, "replaced by rename, open elsewhere", fate::follows, fate::follows},
    {on_file, "replaced by a directory", fate::dead, fate::gone},
    {on_file, "replaced by a file on another device", fate::dead, fate::gone},
    {on_file, "emptied", fate::waits, fate::waits},
    {on_file, "emptied, then written", fate::follows, fate::follows},
    {on_file, "emptied, then removed", fate::dead, fate::gone},
    {on_file, "empty at the start, then written", fate::follows, fate::follows},
    {on_file, "file system unmounted", fate::unmounted, fate::unmounted},
    {on_file, "unmounted lazily, then closed", fate::unmounted, fate::unmounted},
    {on_file, "unmounted, device removed", fate::unmounted, fate::unmounted},
    {on_file, "device fails, then unmounted", fate::unmounted, fate::unmounted},

    {on_identity, "inode number taken by another file", fate::dead, fate::follows},
    {on_identity, "removed, another link stays", fate::follows, fate::gone},
    {on_identity, "another link removed", fate::follows, fate::follows},
    {on_identity, "symbolic link turned to another file", fate::follows, fate::follows},
    {on_identity, "replaced behind a symbolic link", fate::dead, fate::follows},
    {on_identity, "removed behind a symbolic link", fate::dead, fate::gone},
    {on_identity, "its directory renamed", fate::follows, fate::gone},
    {on_identity, "its directory renamed, and back", fate::follows, fate::follows},
    {on_identity, "its directory replaced by another", fate::follows, fate::follows},
    {on_identity, "directory above renamed", fate::follows, fate::gone},
    {on_identity, "symbolic link above turned", fate::follows, fate::follows},
    {on_identity, "unmounted at the path, not elsewhere", fate::follows, fate::gone},
    {on_identity, "written by way of another mount", fate::follows, fate::follows},

    {on_group, "group deleted by dmstats", fate::removed, fate::removed},
    {on_group, "all regions deleted by dmstats", fate::removed, fate::removed},
    {on_group, "group dissolved by dmstats ungroup", fate::removed, fate::removed},
    {on_group, "lowest region deleted by dmstats", fate::removed, fate::removed},
    {on_group, "lowest region deleted by dmsetup", fate::removed, fate::removed},
    {on_group, "lowest number taken by a program", fate::removed, fate::removed},
    {on_group, "lowest number taken by dmstats", fate::removed, fate::removed},
    {on_group, "member deleted by dmstats", fate::follows, fate::follows},
    {on_group, "member deleted by dmsetup", fate::follows, fate::follows},
    {on_group, "number of a member taken by a program", fate::follows, fate::follows},
    {on_group, "number of a member taken by dmstats", fate::follows, fate::follows},
    {on_group, "lowest number lost to a program", fate::follows, fate::follows},
    {on_group, "dmstats update_filemap", fate::follows, fate::follows},
    {on_group, "dmstats update_filemap, exact regions", fate::follows, fate::follows},
    {on_group, "dmstats update_filemap, monitored", fate::follows, fate::follows},
    {on_group, "dmstats clear", fate::follows, fate::follows},
    {on_group, "dmstats group of its regions", fate::follows, fate::follows},
    {on_group, "member made leader of another group", fate::follows, fate::follows},
    {on_group, "second dmfilemapd on the group", fate::follows, fate::follows},
};

}  // namespace

std::span<const outcome_row> outcomes() {
    return all_outcomes;
}

std::span<const fate_description> fates() {
    return all_fates;
}

const fate_description& describe(fate what) {
    const auto* found = std::ranges::find(all_fates, what, &fate_description::is);
    if (found == std::end(all_fates)) throw std::logic_error("no such fate");
    return *found;
}

std::string_view describe(regions_then what) {
    switch (what) {
        case regions_then::kept_true: return "in sync";
        case regions_then::deleted: return "deleted";
        case regions_then::left_alone: return "left alone";
    }
    throw std::logic_error("nothing becomes of the regions");
}

std::string status_text(const fate_description& what) {
    return what.status ? std::to_string(*what.status) : "running";
}

std::string slug_of(std::string_view operation) {
    std::string slug;
    for (const char c : operation) {
        if (std::isalnum(static_cast<unsigned char>(c))) {
            slug += c;
        } else if (!slug.ends_with('_')) {
            slug += '_';
        }
    }
    return slug;
}

}  // namespace filemap::test
