#pragma once

#include "common/http/problem.hpp"
#include "dmfilemapd/api/service_api.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dmfilemapd::control {

/// A file to add, with its settings.
struct addition {
    std::string path;
    std::vector<setting> settings;
};

/// Reads {"path": "/srv/x", "follow": "path"}. The file is given as "path" or, for arbitrary bytes, as "path_encoded".
/// Other members are keys of `[[file]]`.
[[nodiscard]] app::control::parsed<addition> parse_addition(std::string_view json);

}  // namespace dmfilemapd::control
