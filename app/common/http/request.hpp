#pragma once

#include "common/http/problem.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Parses requests. No input or output here.
namespace app::control {

/// Depth limit of nested arrays and objects.
inline constexpr std::size_t deepest_json = 8;
/// Length limit of a path in the kernel.
inline constexpr std::size_t max_path_length = 4095;

/// A parameter of a request target, decoded.
struct parameter {
    std::string name;
    std::string value;
};

/// Request target: its path as sent, and its parameter. The parameter "path" names a file; each route defines its other
/// parameters.
struct location {
    std::string path;
    std::optional<std::string> file;
    std::optional<parameter> other;
};

/**
 * @brief Reads a request target of origin form ("/v1/files?path=%2Fsrv%2Fx") or absolute form ("http://host/v1/files").
 * @par Errors Bad percent-encoding, a parameter without a value, a path that is not absolute: 400.
 */
[[nodiscard]] parsed<location> parse_location(std::string_view text);

/// Returns the file of "/srv/x" or "/%2Fsrv%2Fx", the part of a request target after "/v1/files".
[[nodiscard]] parsed<std::string> parse_file(std::string_view encoded);

/// Decodes one segment of a path.
[[nodiscard]] parsed<std::string> parse_word(std::string_view encoded);

/// Parses a body that must be an object.
[[nodiscard]] parsed<boost::json::object> parse_object(std::string_view json);

/// Returns the file named by the member "path" or, for arbitrary bytes, by "path_encoded".
[[nodiscard]] parsed<std::string> file_in(const boost::json::object& object);

}  // namespace app::control
