#pragma once

#include "dmfilemapd/cli/options.hpp"
#include "dmfilemapd/dry_run/survey.hpp"

#include <span>
#include <string>

namespace dmfilemapd {

/// Returns a report on what monitoring the files would do. @throws startup_error
[[nodiscard]] std::string dry_run(const options& given);

/// Formats the report for people. @param with_steps True to list every step in order.
[[nodiscard]] std::string table_of(const survey& of, bool with_steps);

/// Formats the report as one JSON object for all files. A text that is not UTF-8 is written in hexadecimal under
/// another key.
[[nodiscard]] std::string json_of(std::span<const survey> surveys);

}  // namespace dmfilemapd
