#include "dmfilemapd/map/extent_flags.hpp"

#include <cstdio>

#include <linux/fiemap.h>

namespace dmfilemapd {

std::vector<std::string> flag_words(std::uint32_t flags) {
    struct word {
        std::uint32_t flag;
        const char* name;
    };
    constexpr word known[] = {
        {FIEMAP_EXTENT_LAST, "last"},
        {FIEMAP_EXTENT_UNKNOWN, "unknown"},
        {FIEMAP_EXTENT_DELALLOC, "delalloc"},
        {FIEMAP_EXTENT_ENCODED, "encoded"},
        {FIEMAP_EXTENT_DATA_ENCRYPTED, "encrypted"},
        {FIEMAP_EXTENT_NOT_ALIGNED, "not_aligned"},
        {FIEMAP_EXTENT_DATA_INLINE, "inline"},
        {FIEMAP_EXTENT_DATA_TAIL, "tail"},
        {FIEMAP_EXTENT_UNWRITTEN, "unwritten"},
        {FIEMAP_EXTENT_MERGED, "merged"},
        {FIEMAP_EXTENT_SHARED, "shared"},
    };
    std::vector<std::string> words;
    for (const word& each : known) {
        if (flags & each.flag) words.emplace_back(each.name);
        flags &= ~each.flag;
    }
    if (flags != 0) {
        char rest[16];
        std::snprintf(rest, sizeof rest, "0x%x", flags);
        words.emplace_back(rest);
    }
    return words;
}

}  // namespace dmfilemapd
