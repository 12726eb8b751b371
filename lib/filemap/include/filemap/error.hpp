#pragma once

#include <filemap/export.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <utility>

namespace filemap {

/// What this library itself finds wrong. What the kernel says travels as its errno in the system category.
enum class errc {
    /// The kernel's device-mapper interface is of another major version.
    version_mismatch = 1,
    /// An answer did not fit into the largest buffer that is offered.
    answer_too_long,
    /// An answer of the kernel could not be understood.
    answer_malformed,
    /// The group's row in `@stats_list` would pass the 4000 bytes that other readers bear.
    row_too_long,
    /// It would with a single region: by the name, the user data or the histogram of the group.
    name_too_long,
    /// No such group on the device, or no longer.
    group_not_found,
    /// The region named is there, but it leads no group.
    not_a_group,
    /// Another process keeps this group true to a file.
    group_claimed,
    /// Not a regular file.
    not_regular_file,
    /// The file's data is not on a device-mapper device.
    not_device_mapper,
    /// The file system's addresses are no addresses of its device.
    unsupported_file_system,
    /// The file system cannot tell where a file lies.
    no_extent_map,
    /// The path leads to another file than the one that was given.
    path_mismatch,
    /// The extents changed on every try to read them.
    extents_unstable,
    /// The file is dead: unlinked, and open nowhere.
    file_dead,
    /// What was kept for a restart is not what this library has written.
    state_malformed,
};

[[nodiscard]] FILEMAP_API const boost::system::error_category& filemap_category() noexcept;

[[nodiscard]] inline boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), filemap_category()};
}

using boost::system::error_code;

/// An expected failure: the code is to be compared, the text is for a person.
struct FILEMAP_API failure {
    error_code code;
    /// What was tried on what, without the cause: "@stats_create 0+8 on 254:0".
    std::string context;

    /// No failure; `result::error` asks for it.
    failure() = default;
    failure(error_code failed, std::string tried) : code(failed), context(std::move(tried)) {}
    failure(errc e, std::string tried) : failure(make_error_code(e), std::move(tried)) {}

    /// "CONTEXT: CAUSE", in one line.
    [[nodiscard]] std::string text() const;
};

/// The failure of a system call that has just set errno.
[[nodiscard]] FILEMAP_API failure last_system_failure(std::string context);

[[noreturn]] FILEMAP_API void throw_exception_from_error(const failure& failed, const boost::source_location& location);

template <class T>
using result = boost::system::result<T, failure>;

/// Not worth another try: what was asked cannot be done here, or not by us. Everything else may pass.
[[nodiscard]] FILEMAP_API bool is_permanent(error_code code) noexcept;

}  // namespace filemap

template <>
struct boost::system::is_error_code_enum<filemap::errc> : std::true_type {};
