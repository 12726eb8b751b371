#pragma once

#include <filemap/error.hpp>
#include <filemap/export.hpp>
#include <filemap/units.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::dm {

/// Region ids from `first` to `last`, both included.
struct id_run {
    region_id first;
    region_id last;
    friend bool operator==(const id_run&, const id_run&) = default;
};

/// Maximum length in bytes of a group's row in `@stats_list`, head and options included. libdm reads 4095 bytes; one
/// longer row makes it fail for the whole device.
inline constexpr std::size_t max_group_row_length = 4000;

/**
 * @brief The aux_data of a group's leader: `DMS_GROUP=ALIAS:MEMBERS#USERDATA`.
 * @details
 * libdm writes the alias in quotes from 1.02.198 on, and without quotes before. Neither version reads the other form
 * correctly. The library therefore keeps the bytes of the alias and rewrites only the member list.
 */
struct FILEMAP_API group_descriptor {
    /// Bytes between "DMS_GROUP=" and the member list's colon, quotes included.
    std::string alias_part;
    /// Ascending and disjoint if this library wrote them.
    std::vector<id_run> members;
    /// The leader's own user data; "-" for none.
    std::string user_data = "-";

    /// Parses the aux_data of a region. Returns an empty optional if the text is no group descriptor. The alias ends
    /// at the first colon that is followed by a member list and then '#' or the end.
    [[nodiscard]] static std::optional<group_descriptor> parse(std::string_view aux);

    [[nodiscard]] std::string format() const;

    /// Returns the alias without quotes.
    [[nodiscard]] std::string_view alias() const noexcept;

    [[nodiscard]] bool contains(region_id id) const noexcept;

    friend bool operator==(const group_descriptor&, const group_descriptor&) = default;
};

/// Appends an id. @pre The id is greater than all ids in the runs.
FILEMAP_API void append(std::vector<id_run>& runs, region_id id);

/// Form in which a version of libdm writes and reads aliases.
enum class alias_syntax {
    /// Before 1.02.198: the bare alias, without white space.
    plain,
    /// From 1.02.198 on: in double quotes.
    quoted,
};

/// Returns the bytes for `group_descriptor::alias_part`. @pre `alias_problem` finds nothing.
[[nodiscard]] FILEMAP_API std::string alias_part(std::string_view alias, alias_syntax syntax);

/**
 * @brief Explains why readers of this syntax cannot show or rewrite a group of this alias. Returns an empty text if
 * the alias is no problem.
 * @details
 * Tested with 1.02.185, every byte in every position: a colon or a blank hides the group, and a line end breaks
 * `dmstats list` for the whole device. Other white space and characters with the byte a0 are shown. When libdm rewrites
 * the row unescaped, the kernel treats these bytes as white space, and drops backslashes. Other control bytes are
 * rejected to protect terminals.
 */
[[nodiscard]] FILEMAP_API std::string alias_problem(std::string_view alias, alias_syntax syntax);

/**
 * @brief Makes an alias from a file name that readers of this syntax can show and rewrite.
 * @details
 * Replaces each character that `alias_problem` rejects (UTF-8, or a single byte that is not UTF-8) by '_'.
 */
[[nodiscard]] FILEMAP_API std::string readable_alias(std::string_view name, alias_syntax syntax);

/// Returns the syntax of the installed libdm, by the version that the library reports; `quoted` if libdm is not
/// installed.
[[nodiscard]] FILEMAP_API alias_syntax installed_alias_syntax();

}  // namespace filemap::dm
