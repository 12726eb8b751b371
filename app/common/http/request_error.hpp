#pragma once

#include <functional>
#include <optional>
#include <string>

namespace app::control {

/// Why a request was not carried out.
struct refused {
    enum class cause {
        /// What is meant is not there.
        not_found,
        /// It is there already, or another request is in the way.
        conflict,
        /// A name or a setting is wrong.
        invalid,
        /// It was tried, and failed.
        failed,
        /// As many others are under way as may be.
        too_many,
    };
    cause why = cause::failed;
    /// For a person, in one line.
    std::string text;
};

/// Nothing if it was carried out.
using outcome = std::optional<refused>;
/// Called once, on the event loop's thread, from inside the request or later.
using completion = std::function<void(outcome)>;

}  // namespace app::control
