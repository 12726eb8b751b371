#pragma once

#include <filemap/error.hpp>
#include <filemap/export.hpp>
#include <filemap/units.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::dm {

/// Region ids from first to last, both included.
struct id_run {
    region_id first;
    region_id last;
    friend bool operator==(const id_run&, const id_run&) = default;
};

/// The longest row of `@stats_list` that a group may have, head and options included: libdm reads 4095 bytes, and one
/// longer row makes it fail for the whole device.
inline constexpr std::size_t max_group_row_length = 4000;

/**
 * @brief What the leader of a group carries in its aux_data: `DMS_GROUP=ALIAS:MEMBERS#USERDATA`.
 * @details
 * libdm from 1.02.198 on writes the alias in quotes, before that without; the two do not read each other's rightly. So
 * the bytes of the alias are kept as they were found, and only the member list is written anew.
 */
struct FILEMAP_API group_descriptor {
    /// Bytes between "DMS_GROUP=" and the member list's colon, quotes included.
    std::string alias_part;
    /// As found or to be written; ascending and disjoint if written by this library.
    std::vector<id_run> members;
    /// The leader's own user data; "-" for none.
    std::string user_data = "-";

    /// Reads aux_data of a region. Empty optional: it is no group descriptor.
    /// The alias ends at the first colon that is followed by a member list and then '#' or the end.
    [[nodiscard]] static std::optional<group_descriptor> parse(std::string_view aux);

    [[nodiscard]] std::string format() const;

    /// The alias as a person reads it, in whichever form it stands.
    [[nodiscard]] std::string_view alias() const noexcept;

    [[nodiscard]] bool contains(region_id id) const noexcept;

    friend bool operator==(const group_descriptor&, const group_descriptor&) = default;
};

/// Lists one more id. @pre It is greater than all that the runs hold.
FILEMAP_API void append(std::vector<id_run>& runs, region_id id);

/// How a libdm writes and reads aliases.
enum class alias_syntax {
    /// Before 1.02.198: the bare alias. No white space in it.
    plain,
    /// From 1.02.198 on: in double quotes.
    quoted,
};

/// The bytes for `group_descriptor::alias_part`. @pre `alias_problem` finds nothing.
[[nodiscard]] FILEMAP_API std::string alias_part(std::string_view alias, alias_syntax syntax);

/**
 * @brief Why readers of this syntax could not show or rewrite a group of this alias, for a person; empty if they can.
 * @details
 * Tried, every byte in every position, with 1.02.185: a colon or a blank hides the group, a line end breaks `dmstats
 * list` for the whole device; other white space and characters with the byte a0 are shown, but the kernel takes them
 * for white space when libdm next rewrites the row unescaped, and a backslash is then dropped. Other control bytes are
 * refused for the sake of terminals.
 */
[[nodiscard]] FILEMAP_API std::string alias_problem(std::string_view alias, alias_syntax syntax);

/**
 * @brief An alias from any file name, which readers of this syntax can show and rewrite.
 * @details
 * Each character (UTF-8, or a single byte where it is none) that `alias_problem` objects to becomes '_'; the rest
 * stays.
 */
[[nodiscard]] FILEMAP_API std::string readable_alias(std::string_view name, alias_syntax syntax);

/// The syntax of the libdm that is installed on this machine, asked of the library itself; `quoted` if there is none.
[[nodiscard]] FILEMAP_API alias_syntax installed_alias_syntax();

}  // namespace filemap::dm
