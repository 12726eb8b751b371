#pragma once

#include <filemap/units.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmdirtylogd {

/// Table line of a mirror with a user-space log.
struct mirror_line {
    std::string uuid;
    /// MAJOR:MINOR, as the kernel prints them.
    std::vector<std::string> legs;
    /// Start on the device, and the device's state. Not part of the line; set by the caller.
    filemap::sectors start{};
    bool suspended = false;

    friend bool operator==(const mirror_line&, const mirror_line&) = default;
};

/// @param arguments Arguments of a target of type `mirror`. nullopt: the log has another type.
[[nodiscard]] std::optional<mirror_line> parse_mirror_line(std::string_view arguments);

}  // namespace dmdirtylogd
