#pragma once

#include "model/units.hpp"

#include <string>
#include <vector>

namespace dirtylog {

enum class backend_kind { core, disk };

/// What a log that was never used begins with.
enum class beginning {
    /// The legs differ: everything is copied.
    sync,
    /// The legs are equal.
    nosync,
};

/// What a constructor string says.
struct constructor {
    geometry shape;
    backend_kind kind = backend_kind::core;
    /// As it is spelt, for the status.
    std::string type;
    /// The log's file or block device, absolute; of `disk`.
    std::string path;
    beginning begin = beginning::sync;
    /// Whose caches are flushed before a region counts as clean on disk.
    std::vector<std::string> legs;
    /// All after the length, for the status.
    std::string arguments;

    friend bool operator==(const constructor&, const constructor&) = default;
};

/// The kernel makes its request in a fixed buffer, and repeats it with a NUL more.
inline constexpr std::size_t max_constructor_length = 331;
/// So that two bitmaps and what goes with them stay small; more regions want to be larger ones.
inline constexpr region_count max_regions{std::uint64_t{1} << 26};

[[nodiscard]] sectors page_in_sectors() noexcept;

/**
 * @brief Reads a constructor string, as the kernel gives it after it has taken out the uuid and `integrated_flush`.
 * @details
 * ```
 * LENGTH core REGION [sync|nosync] [block_on_error] [leg=DEVICE]...
 * LENGTH disk PATH REGION [sync|nosync] [block_on_error] [leg=DEVICE]...
 * ```
 * `clustered-core` and `clustered-disk`, as lvm2 spells them, are the same. PATH and DEVICE are absolute, or
 * MAJOR:MINOR; or PATH is relative to @p directory. What follows REGION stands in any order. `block_on_error` says what
 * a mirror without user-space log does and changes nothing here. A mirror whose devices may lose what they cache has to
 * name them as legs: the kernel does not tell which they are.
 *
 * @param page REGION may not be less. REGION is a power of two below 2^31: the kernel divides by it, and takes another
 *             one without a word.
 * @param directory Where relative paths begin; empty: they are refused.
 * @par Errors  A system code for the kernel, and a text that says what is wrong.
 */
[[nodiscard]] result<constructor> parse_constructor(std::string_view text, sectors page = page_in_sectors(),
                                                    std::string_view directory = {});

}  // namespace dirtylog
