#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace filemap::test {

/// First sector and number of sectors.
using sector_ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

struct block_changes {
    bool everything = false;
    sector_ranges ranges;
};

/// @name Commands of `dmdirtylogctl`. Throw std::runtime_error with its output on failure.
/// @{
void begin_checkpoint(const std::string& uuid, const std::string& name);
void forget_checkpoint(const std::string& uuid, const std::string& name);
[[nodiscard]] block_changes changes_since(const std::string& uuid, const std::string& name);
/// @}

/// Copies ranges from one device to another with O_DIRECT.
void copy_ranges(const std::string& from, const std::string& to, const sector_ranges& ranges);

}  // namespace filemap::test
