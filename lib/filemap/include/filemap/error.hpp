#pragma once

#include <filemap/export.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <utility>

namespace filemap {

/// Errors of this library. Errors of the kernel are errno values in the system category.
enum class errc {
    /// The major version of the kernel's device-mapper interface is not supported.
    version_mismatch = 1,
    /// An answer is larger than the largest buffer.
    answer_too_long,
    /// An answer of the kernel cannot be parsed.
    answer_malformed,
    /// The group's row in `@stats_list` would exceed 4000 bytes, which other readers cannot parse.
    row_too_long,
    /// A row with a single region would exceed 4000 bytes, because of the group's name, user data or histogram.
    name_too_long,
    /// The group does not exist on the device.
    group_not_found,
    /// The region exists but leads no group.
    not_a_group,
    /// Another process manages this group.
    group_claimed,
    /// Not a regular file.
    not_regular_file,
    /// The file's data is not on a device-mapper device.
    not_device_mapper,
    /// The file system does not report addresses on its block device.
    unsupported_file_system,
    /// The file system has no extent map.
    no_extent_map,
    /// The path leads to a different file.
    path_mismatch,
    /// The extents changed during every attempt to read them.
    extents_unstable,
    /// The file is unlinked, and no process has it open.
    file_dead,
    /// The stored state is not in the format of this library.
    state_malformed,
};

[[nodiscard]] FILEMAP_API const boost::system::error_category& filemap_category() noexcept;

[[nodiscard]] inline boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), filemap_category()};
}

using boost::system::error_code;

/// An expected failure. Compare the code; show the text.
struct FILEMAP_API failure {
    error_code code;
    /// Attempted operation and its object, without the cause: "@stats_create 0+8 on 254:0".
    std::string context;

    /// Success. `boost::system::result` requires a default constructor.
    failure() = default;
    failure(error_code failed, std::string tried) : code(failed), context(std::move(tried)) {}
    failure(errc e, std::string tried) : failure(make_error_code(e), std::move(tried)) {}

    /// Returns "CONTEXT: CAUSE" in one line.
    [[nodiscard]] std::string text() const;
};

/// Returns the failure of the system call that has just set errno.
[[nodiscard]] FILEMAP_API failure last_system_failure(std::string context);

[[noreturn]] FILEMAP_API void throw_exception_from_error(const failure& failed, const boost::source_location& location);

template <class T>
using result = boost::system::result<T, failure>;

/// Returns true if a retry cannot succeed, for lack of permission or support. All other failures may be temporary.
[[nodiscard]] FILEMAP_API bool is_permanent(error_code code) noexcept;

}  // namespace filemap

template <>
struct boost::system::is_error_code_enum<filemap::errc> : std::true_type {};
