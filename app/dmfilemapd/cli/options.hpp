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

/// The parsed command line.
struct options {
    enum class action { help, version, follow, dry_run, check_config, serve };

    action act = action::follow;
    /// The configuration's main file.
    std::string config{default_configuration_path};
    /// Replaces the configuration's value; absolute.
    std::optional<std::string> metrics_file;
    /// The file's descriptor, already open; without, the files are opened by name.
    std::optional<int> fd;
    /// The group to keep true; without, a group is made for each file.
    std::optional<filemap::group_id> group;
    /// Paths as typed. Exactly one with a descriptor or a group.
    std::vector<std::string> files;
    filemap::fs::follow_mode follow = filemap::fs::follow_mode::inode;

    bool foreground = false;
    /// Errors and warnings (0), notices (1), information (2), debugging (3).
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
 * @brief Reads a command line of either form.
 * @param arguments Without the program's name.
 * @throws usage_error
 */
[[nodiscard]] options parse_options(std::span<const std::string> arguments);

/// Long names of all options.
[[nodiscard]] std::vector<std::string> option_names();

}  // namespace dmfilemapd
