#pragma once

#include <filemap/units.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmdirtylogd {

/// What a line of a table says of a mirror whose log asks a process.
struct mirror_line {
    std::string uuid;
    /// As the kernel writes them: MAJOR:MINOR.
    std::vector<std::string> legs;
    /// Where it begins on its device, and whether that is suspended; the line does not say.
    filemap::sectors start{};
    bool suspended = false;

    friend bool operator==(const mirror_line&, const mirror_line&) = default;
};

/// @param arguments Of a target of type `mirror`. nullopt: its log is of another type.
[[nodiscard]] std::optional<mirror_line> parse_mirror_line(std::string_view arguments);

}  // namespace dmdirtylogd
