#pragma once

#include "dmfilemapctl/options.hpp"

namespace dmfilemapctl {

/// Does what is asked for, and prints what comes of it. @throws app::startup_error if it could not be done
void perform(const options& given);

}  // namespace dmfilemapctl
