#pragma once

#include "common/config/key_rules.hpp"

#include <filemap/logger.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Reads the values of keys from a configuration file. Each function throws `usage_error` naming the key if the value
/// has another type.
namespace app::config {

/// Throws the error for a value of another type. @param wanted Name of the expected type: "a string", ...
[[noreturn]] void refuse_kind(const assignment& from, std::string_view wanted);

[[nodiscard]] std::string_view text_in(const assignment& from);
[[nodiscard]] bool truth_in(const assignment& from);
/// Returns the number as text, in the form of a command-line option.
[[nodiscard]] std::string number_in(const assignment& from);
/// Returns the time as text, in the form of a command-line option: a number, or a number with a unit.
[[nodiscard]] std::string time_in(const assignment& from);
[[nodiscard]] std::vector<std::string> strings_in(const assignment& from, std::string (*one)(const assignment&));

/// Returns the absolute path of a file in normal form.
[[nodiscard]] std::string path_of(std::string_view key, std::string_view text);

[[nodiscard]] filemap::log_level level_in(const assignment& from);

/// Reads a text with a parser. An empty text resets an earlier value.
template <class Value>
[[nodiscard]] std::optional<Value> unless_empty(const assignment& from,
                                                Value (*parse)(std::string_view, std::string_view)) {
    const std::string_view text = text_in(from);
    return text.empty() ? std::optional<Value>() : std::optional(parse(from.key, text));
}

}  // namespace app::config
