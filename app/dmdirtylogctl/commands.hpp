#pragma once

#include "dmdirtylogctl/options.hpp"

namespace dmdirtylogctl {

/// Does what is asked for, and prints what comes of it. @throws app::startup_error if it could not be done
void perform(const options& given);

}  // namespace dmdirtylogctl
