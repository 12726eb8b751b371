#pragma once

#include "dmdirtylogd/cli/options.hpp"

namespace dmdirtylogd {

/// Serves the kernel until SIGTERM. @return Exit status. @throws startup_error, configuration_error
[[nodiscard]] int serve(const options& given);

}  // namespace dmdirtylogd
