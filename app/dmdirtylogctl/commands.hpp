#pragma once

#include "dmdirtylogctl/options.hpp"

namespace dmdirtylogctl {

/// Executes the command and prints its result. @throws app::startup_error on failure
void perform(const options& given);

}  // namespace dmdirtylogctl
