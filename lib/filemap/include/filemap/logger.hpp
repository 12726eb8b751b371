#pragma once

#include <functional>
#include <string_view>
#include <utility>

namespace filemap {

/// How much a message matters. Each level contains those before it.
enum class log_level { error, warning, notice, info, debug };

/**
 * @brief Where the library's messages go: the host decides, the library sets up nothing.
 * @par Thread-safety  The library calls the sink from the thread that runs the monitors only.
 */
class logger {
public:
    using sink = std::function<void(log_level, std::string_view)>;

    /// Drops everything.
    logger() = default;
    logger(log_level most, sink to) : most_(most), sink_(std::move(to)) {}

    [[nodiscard]] bool enabled(log_level level) const noexcept { return sink_ && level <= most_; }

    /// Logs a message without a line end. File names in it are raw: the sink escapes them for its medium.
    void operator()(log_level level, std::string_view message) const {
        if (enabled(level)) sink_(level, message);
    }

private:
    log_level most_ = log_level::error;
    sink sink_;
};

}  // namespace filemap
