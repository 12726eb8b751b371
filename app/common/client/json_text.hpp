#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <span>
#include <string>
#include <string_view>

/// Formats JSON from a daemon for people: foreign bytes escaped, one line per item. Each function throws
/// std::exception if the input is not JSON or has unexpected members.
namespace app::ctl {

/// A value in one line.
[[nodiscard]] std::string plain(const boost::json::value& value);
/// The same of a member, or "-" if there is none.
[[nodiscard]] std::string cell(const boost::json::object& object, std::string_view key);
/// A name's bytes, by the member that has all of them.
[[nodiscard]] std::string bytes_of(const boost::json::object& object, std::string_view key);
/// The same for people.
[[nodiscard]] std::string name_of(const boost::json::object& object, std::string_view key);

/// Keys whose values are names, of any bytes.
using names = std::span<const std::string_view>;

/// Each member of an object on a line of its own.
[[nodiscard]] std::string text_of_object(std::string_view json, names are_names);
/// Empty for what says nothing to people.
[[nodiscard]] std::string line_of_event(std::string_view json, names are_names);
/// Returns the detail of a problem object.
[[nodiscard]] std::string detail_of(std::string_view json);

}  // namespace app::ctl
