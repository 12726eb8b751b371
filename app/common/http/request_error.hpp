#pragma once

#include <functional>
#include <optional>
#include <string>

namespace app::control {

/// Why a request was not carried out.
struct refused {
    enum class cause {
        /// The named object does not exist.
        not_found,
        /// The object exists already, or another request is in progress.
        conflict,
        /// A name or a setting is wrong.
        invalid,
        /// The attempt failed.
        failed,
        /// The limit of concurrent requests is reached.
        too_many,
    };
    cause why = cause::failed;
    /// For a person, in one line.
    std::string text;
};

/// Empty if the request succeeded.
using outcome = std::optional<refused>;
/// Called once, on the event loop's thread, from inside the request or later.
using completion = std::function<void(outcome)>;

}  // namespace app::control
