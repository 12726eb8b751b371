#pragma once

#include "common/client/json_text.hpp"

#include <string>
#include <string_view>

/// Formats dmfilemapd's JSON for people. Each function throws std::exception if the input is not JSON or has
/// unexpected members.
namespace dmfilemapctl {

using app::ctl::bytes_of;
using app::ctl::detail_of;
using app::ctl::name_of;
using app::ctl::plain;

/// Formats each member of an object on its own line.
[[nodiscard]] std::string text_of_object(std::string_view json);
[[nodiscard]] std::string table_of_files(std::string_view json);
/// Formats an event in one line. Returns an empty text for events that are not shown to people.
[[nodiscard]] std::string line_of_event(std::string_view json);

}  // namespace dmfilemapctl
