#pragma once

#include "model/units.hpp"

#include <string>
#include <vector>

namespace dirtylog {

enum class backend_kind { core, disk };

/// Initial state of a log that was never used.
enum class initial_state {
    /// The legs differ: copy all regions.
    sync,
    /// The legs are equal.
    nosync,
};

/// Content of a constructor string.
struct log_arguments {
    geometry shape;
    backend_kind kind = backend_kind::core;
    /// Log type as spelled in the table, for the status.
    std::string type;
    /// Absolute path of the log's file or block device. For `disk` only.
    std::string path;
    initial_state initial = initial_state::sync;
    /// Devices whose caches are flushed before a region becomes clean on disk.
    std::vector<std::string> legs;
    /// The arguments after the length, for the status.
    std::string table_text;

    friend bool operator==(const log_arguments&, const log_arguments&) = default;
};

/// Longest string that the kernel can repeat: its request buffer is fixed, and the repetition adds a NUL.
inline constexpr std::size_t max_arguments_length = 331;
/// Limits the memory of a log's bitmaps. A larger mirror needs larger regions.
inline constexpr region_count max_regions{std::uint64_t{1} << 26};

[[nodiscard]] sectors page_in_sectors() noexcept;

/**
 * @brief Parses a constructor string. The kernel has already removed the uuid and `integrated_flush`.
 * @details
 * ```
 * LENGTH core REGION [sync|nosync] [block_on_error] [leg=DEVICE]...
 * LENGTH disk PATH REGION [sync|nosync] [block_on_error] [leg=DEVICE]...
 * ```
 * `clustered-core` and `clustered-disk` are lvm2's spellings of the same types. PATH and DEVICE are absolute paths or
 * MAJOR:MINOR; PATH may also be relative to @p directory. The options after REGION have any order. `block_on_error`
 * describes a mirror without a user-space log and has no effect here. A mirror whose devices have volatile caches must
 * name them as legs, since the kernel does not report them.
 *
 * @param page Minimum of REGION. REGION is a power of two below 2^31: the kernel divides by it and does not check it.
 * @param directory Base of relative paths. Empty: relative paths are refused.
 * @par Errors  A system error code for the kernel, with a text that names the cause.
 */
[[nodiscard]] result<log_arguments> parse_log_arguments(std::string_view text, sectors page = page_in_sectors(),
                                                        std::string_view directory = {});

}  // namespace dirtylog
