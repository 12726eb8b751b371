#pragma once

#include "problem.hpp"
#include "target.hpp"

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a request asks for; no input or output here.
namespace dmfilemapd::control {

template <class T>
using parsed = boost::system::result<T, problem>;

/// Of nested arrays and objects.
inline constexpr std::size_t deepest_json = 8;
/// As long as a path may be that the kernel takes.
inline constexpr std::size_t longest_path = 4095;

/// The request target: its path as it was sent, and the parameter "path", decoded.
struct location {
    std::string path;
    std::optional<std::string> file;
};

/**
 * @brief Reads a request target of origin form ("/v1/files?path=%2Fsrv%2Fx") or absolute form ("http://host/v1/files").
 * @par Errors Bad percent-encoding, a parameter other than "path", a path that is not absolute: 400.
 */
[[nodiscard]] parsed<location> parse_location(std::string_view text);

/// The file of "/srv/x" or "/%2Fsrv%2Fx", that is what follows "/v1/files" in a request target.
[[nodiscard]] parsed<std::string> parse_file(std::string_view encoded);

struct addition {
    std::string path;
    std::vector<setting> settings;
};

/// Reads {"path": "/srv/x", "follow": "path"}: a path, or its bytes as "path_encoded", and keys of `[[file]]`.
[[nodiscard]] parsed<addition> parse_addition(std::string_view json);

}  // namespace dmfilemapd::control
