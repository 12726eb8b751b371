#pragma once

#include "dmfilemapctl/options.hpp"

namespace dmfilemapctl {

/// Performs the command and prints its result. @throws app::startup_error on failure
void perform(const options& given);

}  // namespace dmfilemapctl
