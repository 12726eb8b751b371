#pragma once

#include <string>
#include <string_view>

namespace filemap {

/// Removes the subject: "SUBJECT: CAUSE" becomes "CAUSE", "SUBJECT (DETAIL): CAUSE" becomes "CAUSE (DETAIL)".
[[nodiscard]] inline std::string without_subject(const std::string& text, std::string_view subject) {
    if (!text.starts_with(subject)) return text;
    const std::string rest = text.substr(subject.size());
    if (rest.starts_with(": ")) return rest.substr(2);
    const auto end = rest.find("): ");
    if (!rest.starts_with(" (") || end == std::string::npos) return text;
    return rest.substr(end + 3) + rest.substr(0, end + 1);
}

}  // namespace filemap
