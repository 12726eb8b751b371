#pragma once

#include <functional>
#include <string_view>
#include <utility>

namespace filemap {

/// Severity of a message. Each level includes the levels before it.
enum class log_level { error, warning, notice, info, debug };

/**
 * @brief Passes the library's messages to a sink of the host.
 * @par Thread-safety  The library calls the sink only from the thread that runs the monitors.
 */
class logger {
public:
    using sink = std::function<void(log_level, std::string_view)>;

    /// Creates a logger that discards all messages.
    logger() = default;
    logger(log_level most, sink to) : most_(most), sink_(std::move(to)) {}

    [[nodiscard]] bool enabled(log_level level) const noexcept { return sink_ && level <= most_; }

    /// Passes one message without a line end to the sink. File names are not escaped; the sink escapes what its medium
    /// cannot represent.
    void operator()(log_level level, std::string_view message) const {
        if (enabled(level)) sink_(level, message);
    }

private:
    log_level most_ = log_level::error;
    sink sink_;
};

}  // namespace filemap
