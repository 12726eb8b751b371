#pragma once

#include "configuration.hpp"
#include "source_file.hpp"

#include <common/refusal.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace dmfilemapd {

inline constexpr const char* default_configuration_path = "/etc/dmfilemapd/dmfilemapd.toml";

/// All that is wrong with a configuration. `what()` is the first line.
class configuration_error : public app::refusal {
public:
    /// @param lines "FILE:LINE:COLUMN: cause", or "FILE: cause" for a file that cannot be read. At least one.
    explicit configuration_error(std::vector<std::string> lines)
        : app::refusal(lines.front()), lines_(std::move(lines)) {}

    [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }

private:
    std::vector<std::string> lines_;
};

/// What the sources say together: of keys that are set twice, and of defaults, the later hold; entries add up.
/// @throws configuration_error
[[nodiscard]] configuration read_configuration(std::span<const source_file> sources);

/**
 * @brief Reads the file at @p main_path and its drop-ins. Nothing else is looked at, no file that is named there.
 * @throws configuration_error
 */
[[nodiscard]] configuration load_configuration(const std::string& main_path, trust needed = needed_trust());

/// Every key as "table.key", or by its name alone where it is in no table. What `defaults` takes, `file` and `glob`
/// take, too.
[[nodiscard]] std::vector<std::string> configuration_keys();

}  // namespace dmfilemapd
