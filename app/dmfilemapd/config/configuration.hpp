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

/// How a file is followed: what `[defaults]`, `[[file]]` and `[[glob]]` may set. See dmfilemapd.toml(5).
struct file_settings {
    filemap::fs::follow_mode follow = filemap::fs::follow_mode::path;
    /// For @ref expand_alias, which takes it.
    std::string alias = "{name}";
    std::string program_id{filemap::dm::dmstats_program_id};
    filemap::dm::counting_options counting;
    filemap::plan_options regions{.max_regions = default_max_regions};
    std::chrono::milliseconds interval{250};
    std::chrono::milliseconds tolerance{1000};
    /// 0: never.
    std::chrono::seconds verify{60};
    /// Delete the regions when the file is no longer monitored: at the end of the service, and when a reload drops
    /// the file.
    bool delete_on_exit = false;
    absence absent = absence::wait;

    friend bool operator==(const file_settings&, const file_settings&) = default;
};

/// A `[[file]]`.
struct file_entry {
    /// Absolute, without "." and "..", and with single slashes. Bytes, maybe no UTF-8.
    std::string path;
    file_settings settings;
    app::config::source_place where;
};

/// A `[[glob]]`.
struct glob_entry {
    /// A glob(7) pattern: absolute, without "." and "..", with single slashes.
    std::string pattern;
    /// The last component of the pattern matches in all directories below, too.
    bool recursive = false;
    /// Patterns of names, or, if absolute, of paths.
    std::vector<std::string> exclude;
    file_settings settings;
    app::config::source_place where;
};

/// `[metrics]`: further outputs of the metrics.
struct metrics_settings {
    /// TCP address for clients without credentials.
    std::optional<boost::asio::ip::tcp::endpoint> address;
    /// Names of that address beside its number, `localhost` and the machine's name.
    std::vector<std::string> hosts;
    /// Absolute; empty for none.
    std::string file;
    /// How often the file is written.
    std::chrono::seconds interval{15};

    friend bool operator==(const metrics_settings&, const metrics_settings&) = default;
};

/// The merged configuration files.
struct configuration {
    /// Ascending by path, each once. An entry here goes before all globs that match its path.
    std::vector<file_entry> files;
    /// In the order of the files, without duplicate patterns. The last matching pattern applies.
    std::vector<glob_entry> globs;
    file_settings defaults;
    /// `[control]`
    app::control::settings control{.socket = "/run/dmfilemapd/control.sock"};
    metrics_settings metrics;
    filemap::log_level log_level = filemap::log_level::notice;
};

}  // namespace dmfilemapd
