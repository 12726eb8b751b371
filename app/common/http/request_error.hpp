#pragma once

#include <functional>
#include <optional>
#include <string>

namespace app::control {

/// Error of a request.
struct refused {
    enum class cause {
        /// The named object does not exist.
        not_found,
        /// The object exists already, or another request is in progress.
        conflict,
        /// A name or a setting is invalid.
        invalid,
        /// The attempt failed.
        failed,
        /// The limit of concurrent requests is reached.
        too_many,
    };
    cause why = cause::failed;
    /// Cause in one line, for people.
    std::string text;
};

/// Empty if the request succeeded.
using outcome = std::optional<refused>;
/// Called once, on the event loop's thread, from inside the request or later.
using completion = std::function<void(outcome)>;

}  // namespace app::control
