#pragma once

#include "dmfilemapctl/rates.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The tables of `dmfilemapctl top`. Without input or output.
namespace dmfilemapctl {

enum class sort_key { bytes, reads, writes, iops, latency, p99, busy, path };

struct sort_name {
    sort_key key;
    std::string_view name;
    /// The key that selects this order.
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
    /// With *, ? or [ a glob for the whole path, else a part of it; empty for all.
    std::string filter;
    /// 0 for all.
    std::size_t most = 0;
};

[[nodiscard]] bool is_chosen(const std::string& path, const std::string& filter);
/// Returns the files that match the filter, sorted by the chosen value in descending order, files without a value
/// last; or by path.
[[nodiscard]] std::vector<file_figures> chosen(std::vector<file_figures> from, const choice& by);

struct shown {
    /// "2026-11-22T05:47:46Z"
    std::string time;
    /// From @ref chosen, of which @ref choice::most are shown.
    std::vector<file_figures> files;
    choice by;
    /// Instead of rates.
    bool totals = false;
};

/// A line with the sums, and a table. @param width Of the screen, to which names are cut, the end being kept.
[[nodiscard]] std::string table_of(const shown& what, std::optional<std::size_t> width = {});
/// The daemon's JSON with rates added.
[[nodiscard]] boost::json::object object_of(const shown& what, double time);

}  // namespace dmfilemapctl
