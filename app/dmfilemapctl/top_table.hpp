#pragma once

#include "dmfilemapctl/rates.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Formats the tables of `dmfilemapctl top`. No input or output here.
namespace dmfilemapctl {

enum class sort_key { bytes, reads, writes, iops, latency, p99, busy, path };

struct sort_name {
    sort_key key;
    std::string_view name;
    /// Key that selects this order.
    char letter;
};
inline constexpr std::array sort_names{
    sort_name{sort_key::bytes, "bytes", 'b'},     sort_name{sort_key::reads, "reads", 'r'},
    sort_name{sort_key::writes, "writes", 'w'},   sort_name{sort_key::iops, "iops", 'i'},
    sort_name{sort_key::latency, "latency", 'l'}, sort_name{sort_key::p99, "p99", '9'},
    sort_name{sort_key::busy, "busy", 'u'},       sort_name{sort_key::path, "path", 'f'},
};
[[nodiscard]] std::string_view name_of(sort_key key) noexcept;

/// Selection and order of the shown files.
struct choice {
    sort_key by = sort_key::bytes;
    /// Filter of paths: with *, ? or [ a glob for the whole path, otherwise a substring; empty for all.
    std::string filter;
    /// Limit of shown files; 0 for no limit.
    std::size_t most = 0;
};

[[nodiscard]] bool is_chosen(const std::string& path, const std::string& filter);
/// Returns the files that match the filter, sorted by path or by the chosen value. Values descend; files without a
/// value come last.
[[nodiscard]] std::vector<file_figures> chosen(std::vector<file_figures> from, const choice& by);

struct shown {
    /// Time of the reading: "2026-11-22T05:47:46Z".
    std::string time;
    /// Files from @ref chosen, of which the first @ref choice::most are shown.
    std::vector<file_figures> files;
    choice by;
    /// True to show totals instead of rates.
    bool totals = false;
};

/// Returns a line with the sums, and a table. @param width Screen width. Longer names are truncated at their beginning.
[[nodiscard]] std::string table_of(const shown& what, std::optional<std::size_t> width = {});
/// Returns the daemon's JSON with rates added.
[[nodiscard]] boost::json::object object_of(const shown& what, double time);

}  // namespace dmfilemapctl
