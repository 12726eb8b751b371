#pragma once

#include <filemap/logger.hpp>

#include <span>
#include <string>
#include <vector>

namespace dmdirtylogd {

inline constexpr const char* program_name = "dmdirtylogd";
inline constexpr const char* default_configuration_path = "/etc/dmdirtylogd/dmdirtylogd.toml";

/// Options of the command line.
struct options {
    enum class action { help, version, check_config, serve };

    action act = action::serve;
    /// The configuration's main file.
    std::string config{default_configuration_path};
    /// `--config` was given, so the file must exist.
    bool config_is_given = false;
    /// 0: the configuration's level, 1: notices, 2: information, 3: debugging.
    unsigned verbosity = 0;
};

/// Returns the minimum log level that `-v` requests.
[[nodiscard]] filemap::log_level log_level_of(const options& given) noexcept;

/// @param arguments Without the program's name. @throws usage_error
[[nodiscard]] options parse_options(std::span<const std::string> arguments);

/// Long names of all options.
[[nodiscard]] std::vector<std::string> option_names();

[[nodiscard]] std::string help_text();
[[nodiscard]] std::string version_text();

}  // namespace dmdirtylogd
