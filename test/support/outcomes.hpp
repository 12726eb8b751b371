#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace filemap::test {

/// Outcome of an operation for the daemon that monitors a file.
enum class fate { follows, waits, dead, gone, removed, unmounted };

/// Outcome for the regions.
enum class regions_then { kept_true, deleted, left_alone };

struct fate_description {
    fate is;
    /// Name in the manual.
    std::string_view word;
    /// Exit status; none: the daemon continues.
    std::optional<int> status;
    regions_then regions;
    /// Part of a line of the log; empty: nothing is logged.
    std::string_view logged;
};

/// The manual's section.
enum class operations_on { file, identity, group };

struct outcome_row {
    operations_on section;
    std::string_view operation;
    /// Following the inode.
    fate inode;
    /// Following the path.
    fate path;
};

/// The table of dmfilemapd-outcomes(7). Kernel tests named after each row prove it, and a unit test compares it with
/// the manual.
[[nodiscard]] std::span<const outcome_row> outcomes();
[[nodiscard]] std::span<const fate_description> fates();
[[nodiscard]] const fate_description& describe(fate what);
/// Text in the manual.
[[nodiscard]] std::string_view describe(regions_then what);
[[nodiscard]] std::string status_text(const fate_description& what);

/// Operation as the name of a suite: letters and digits, '_' for all other characters.
[[nodiscard]] std::string slug_of(std::string_view operation);

}  // namespace filemap::test
