#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <span>
#include <string>
#include <string_view>

/// Formats a daemon's JSON for people: unprintable bytes escaped, one line per item. Each function throws
/// std::exception if the input is not JSON or has unexpected members.
namespace app::ctl {

/// Formats a value in one line.
[[nodiscard]] std::string plain(const boost::json::value& value);
/// Formats a member in one line, or "-" if there is none.
[[nodiscard]] std::string cell(const boost::json::object& object, std::string_view key);
/// Returns the bytes of a name: from "KEY_encoded" if that member is present, otherwise from "KEY".
[[nodiscard]] std::string bytes_of(const boost::json::object& object, std::string_view key);
/// Returns a name with unprintable bytes escaped.
[[nodiscard]] std::string name_of(const boost::json::object& object, std::string_view key);

/// Keys whose values are names of arbitrary bytes.
using names = std::span<const std::string_view>;

/// Formats each member of an object on its own line.
[[nodiscard]] std::string text_of_object(std::string_view json, names are_names);
/// Formats an event in one line. Returns an empty text for events that are not shown to people.
[[nodiscard]] std::string line_of_event(std::string_view json, names are_names);
/// Returns the detail of a problem object.
[[nodiscard]] std::string detail_of(std::string_view json);

}  // namespace app::ctl
