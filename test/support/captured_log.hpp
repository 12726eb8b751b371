#pragma once

#include "support/process.hpp"

#include <string>
#include <string_view>

namespace filemap::test {

/// Output of a process to a descriptor, readable while the process runs.
class captured_log {
public:
    captured_log();
    captured_log(const captured_log&) = delete;
    captured_log& operator=(const captured_log&) = delete;
    ~captured_log();

    /// Descriptor for the process.
    [[nodiscard]] int descriptor() const noexcept { return file_; }
    [[nodiscard]] std::string text() const;
    [[nodiscard]] int times_logged(std::string_view what) const;
    [[nodiscard]] bool logs_within(std::string_view what, milliseconds bound) const;

private:
    int file_;
};

}  // namespace filemap::test
