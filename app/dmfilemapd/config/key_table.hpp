#pragma once

#include "common/config/key_rules.hpp"
#include "dmfilemapd/config/configuration.hpp"

#include <span>
#include <string>
#include <vector>

/// Keys of the configuration's tables and the settings that they set.
namespace dmfilemapd {

/// Settings during parsing. The meaning of bounds depends on `precise`, which another table may set.
struct settings_draft {
    file_settings settings;
    /// Bounds as written, already validated.
    std::string bounds;
    bool precise = false;

    [[nodiscard]] file_settings finished() const;
};

struct file_draft : settings_draft {
    std::string path;
};

struct glob_draft : settings_draft {
    std::string pattern;
    bool recursive = false;
    std::vector<std::string> exclude;
};

[[nodiscard]] std::span<const app::config::key_rule<settings_draft>> settings_rules() noexcept;
[[nodiscard]] std::span<const app::config::key_rule<file_draft>> file_rules() noexcept;
[[nodiscard]] std::span<const app::config::key_rule<glob_draft>> glob_rules() noexcept;
[[nodiscard]] std::span<const app::config::key_rule<metrics_settings>> metrics_rules() noexcept;
[[nodiscard]] std::span<const app::config::key_rule<configuration>> top_rules() noexcept;

}  // namespace dmfilemapd
