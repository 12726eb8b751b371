#pragma once

#include "common/config/source_place.hpp"
#include "common/http/socket_settings.hpp"
#include "dmfilemapd/cli/option_values.hpp"

#include <filemap/dm/statistics.hpp>
#include <filemap/fs/file_tracker.hpp>
#include <filemap/logger.hpp>
#include <filemap/plan.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace dmfilemapd {

/// Reaction to a `[[file]]` that stays missing for longer than the tolerance.
enum class absence {
    /// Wait for the file.
    wait,
    /// Report a failure and wait for the next reload.
    fail,
};

/// Settings of a monitored file, from `[defaults]`, `[[file]]` and `[[glob]]`. See dmfilemapd.toml(5).
struct file_settings {
    filemap::fs::follow_mode follow = filemap::fs::follow_mode::path;
    /// Template for @ref expand_alias.
    std::string alias = "{name}";
    std::string program_id{filemap::dm::dmstats_program_id};
    filemap::dm::counting_options counting;
    filemap::plan_options regions{.max_regions = default_max_regions};
    std::chrono::milliseconds interval{250};
    std::chrono::milliseconds tolerance{1000};
    /// Interval of verifying; 0 for never.
    std::chrono::seconds verify{60};
    /// Delete the regions when monitoring ends: at the end of the service, or when a reload drops the file.
    bool delete_on_exit = false;
    absence absent = absence::wait;

    friend bool operator==(const file_settings&, const file_settings&) = default;
};

/// Entry of `[[file]]`.
struct file_entry {
    /// Absolute path without "." and "..", with single slashes. The bytes may be invalid UTF-8.
    std::string path;
    file_settings settings;
    app::config::source_place where;
};

/// Entry of `[[glob]]`.
struct glob_entry {
    /// Pattern of glob(7): absolute, without "." and "..", with single slashes.
    std::string pattern;
    /// True if the last component also matches in all subdirectories.
    bool recursive = false;
    /// Patterns of names or, if absolute, of paths.
    std::vector<std::string> exclude;
    file_settings settings;
    app::config::source_place where;
};

/// Settings of `[metrics]`: further outputs of the metrics.
struct metrics_settings {
    /// TCP address for clients without credentials.
    std::optional<boost::asio::ip::tcp::endpoint> address;
    /// Accepted host names, besides IP addresses, `localhost` and the machine's name.
    std::vector<std::string> hosts;
    /// Absolute path of the metrics file; empty for none.
    std::string file;
    /// Interval of writing the metrics file.
    std::chrono::seconds interval{15};

    friend bool operator==(const metrics_settings&, const metrics_settings&) = default;
};

/// Merged configuration files.
struct configuration {
    /// Entries of `[[file]]`, ascending by path, without duplicates. An entry here overrides all globs that match its
    /// path.
    std::vector<file_entry> files;
    /// Entries of `[[glob]]` in source order, without duplicate patterns. The last matching pattern applies.
    std::vector<glob_entry> globs;
    file_settings defaults;
    /// Settings of `[control]`.
    app::control::settings control{.socket = "/run/dmfilemapd/control.sock"};
    metrics_settings metrics;
    filemap::log_level log_level = filemap::log_level::notice;
};

}  // namespace dmfilemapd
