#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace filemap::test {

/// In sectors: where, and how many.
using sector_ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

struct block_changes {
    bool everything = false;
    sector_ranges ranges;
};

/// @name By `dmdirtylogctl`. They throw std::runtime_error, quoting it, if it is refused.
/// @{
void begin_checkpoint(const std::string& uuid, const std::string& name);
void forget_checkpoint(const std::string& uuid, const std::string& name);
[[nodiscard]] block_changes changes_since(const std::string& uuid, const std::string& name);
/// @}

/// From one device to another, past the page cache.
void copy_ranges(const std::string& from, const std::string& to, const sector_ranges& ranges);

}  // namespace filemap::test
