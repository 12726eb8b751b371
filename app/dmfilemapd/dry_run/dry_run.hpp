#pragma once

#include "dmfilemapd/cli/options.hpp"
#include "dmfilemapd/dry_run/survey.hpp"

#include <span>
#include <string>

namespace dmfilemapd {

/// Returns a report on what monitoring the files would do. @throws startup_error
[[nodiscard]] std::string dry_run(const options& given);

/// For a person. @param with_steps Also every step in its order.
[[nodiscard]] std::string table_of(const survey& of, bool with_steps);

/// For a machine: one object for all files. Texts that are no UTF-8 are given in hexadecimal, under another key.
[[nodiscard]] std::string json_of(std::span<const survey> surveys);

}  // namespace dmfilemapd
