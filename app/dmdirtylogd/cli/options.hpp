#pragma once

#include <filemap/logger.hpp>

#include <span>
#include <string>
#include <vector>

namespace dmdirtylogd {

inline constexpr const char* default_configuration_path = "/etc/dmdirtylogd/dmdirtylogd.toml";

/// What the command line asks for.
struct options {
    enum class action { help, version, check_config, serve };

    action act = action::serve;
    /// The configuration's main file.
    std::string config{default_configuration_path};
    /// It was named, so that it must be there.
    bool config_is_given = false;
    /// As the configuration has it (0), notices (1), information (2), debugging (3).
    unsigned verbosity = 0;
};

/// At least this much is logged.
[[nodiscard]] filemap::log_level log_level_of(const options& given) noexcept;

/// @param arguments Without the program's name. @throws usage_error
[[nodiscard]] options parse_options(std::span<const std::string> arguments);

/// Long names of all options.
[[nodiscard]] std::vector<std::string> option_names();

[[nodiscard]] std::string help_text();
[[nodiscard]] std::string version_text();

}  // namespace dmdirtylogd
