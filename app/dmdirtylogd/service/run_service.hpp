#pragma once

#include "dmdirtylogd/cli/options.hpp"

namespace dmdirtylogd {

/// Serves the kernel until SIGTERM. @return Exit status. @throws refusal, configuration_error
[[nodiscard]] int serve(const options& given);

}  // namespace dmdirtylogd
