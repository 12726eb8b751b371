#pragma once

#include "common/cli/startup_error.hpp"

#include <string>
#include <utility>
#include <vector>

namespace app::config {

/// All errors of a configuration. `what()` returns the first line.
class configuration_error : public startup_error {
public:
    /// @param lines "FILE:LINE:COLUMN: cause", or "FILE: cause" for an unreadable file. At least one line.
    explicit configuration_error(std::vector<std::string> lines)
        : startup_error(lines.front()), lines_(std::move(lines)) {}

    [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }

private:
    std::vector<std::string> lines_;
};

}  // namespace app::config
