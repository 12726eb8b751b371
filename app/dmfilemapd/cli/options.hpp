#pragma once

#include "dmfilemapd/cli/option_values.hpp"
#include "dmfilemapd/config/load_configuration.hpp"

#include <filemap/dm/statistics.hpp>
#include <filemap/fs/file_tracker.hpp>
#include <filemap/logger.hpp>
#include <filemap/plan.hpp>
#include <filemap/units.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dmfilemapd {

/// Parsed command line.
struct options {
    enum class action { help, version, follow, dry_run, check_config, serve };

    action act = action::follow;
    /// Main file of the configuration.
    std::string config{default_configuration_path};
    /// Absolute path that replaces the configuration's value.
    std::optional<std::string> metrics_file;
    /// Open descriptor of the file. Without it, the files are opened by name.
    std::optional<int> fd;
    /// Existing group to maintain. Without it, a group is created for each file.
    std::optional<filemap::group_id> group;
    /// Paths as typed. With a descriptor or a group, exactly one.
    std::vector<std::string> files;
    filemap::fs::follow_mode follow = filemap::fs::follow_mode::inode;

    bool foreground = false;
    /// Log level: errors and warnings (0), notices (1), information (2), debugging (3).
    unsigned verbosity = 0;
    bool json = false;

    std::optional<std::string> alias;
    std::string program_id{filemap::dm::dmstats_program_id};
    filemap::dm::counting_options counting;
    filemap::plan_options regions;
    std::chrono::milliseconds interval{250};
    std::chrono::milliseconds tolerance{1000};
    std::chrono::seconds verify{60};
};

[[nodiscard]] filemap::log_level log_level_of(const options& given) noexcept;

/**
 * @brief Parses a command line of either form.
 * @param arguments Arguments without the program's name.
 * @throws usage_error
 */
[[nodiscard]] options parse_options(std::span<const std::string> arguments);

/// Long names of all options.
[[nodiscard]] std::vector<std::string> option_names();

}  // namespace dmfilemapd
