#pragma once

#include "checks.hpp"
#include "options.hpp"

#include <functional>

namespace dmfilemapd {

/**
 * @brief Follows the files until all monitors have ended, or a signal.
 * @param started Called once when every file is watched. Not called if a file fails before: then all end.
 * @return Exit status.
 */
[[nodiscard]] int run(const options& given, checked files, const std::function<void()>& started);

/// Checks, goes into the background unless told otherwise, and runs. @return Exit status. @throws refusal
[[nodiscard]] int check_and_run(const options& given);

}  // namespace dmfilemapd
