#include "common/config/control_table.hpp"

#include "common/config/toml_values.hpp"
#include "common/text/parse_value.hpp"

#include <charconv>
#include <string>
#include <string_view>

#include <sys/un.h>

namespace app::config {
namespace {

using view = std::string_view;

std::string socket_in(const assignment& from) {
    // The socket is created under a longer temporary name.
    constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1 - view(".new").size();
    const view text = text_in(from);
    if (text.empty()) return {};
    std::string path = path_of(from.key, text);
    if (path.size() > longest) refuse_value(from.key, text, "longer than " + std::to_string(longest) + " bytes");
    return path;
}

// Reads the mode from a string, because TOML has no octal number 0660 and 660 would be another number.
mode_t mode_in(const assignment& from) {
    const view text = text_in(from);
    unsigned mode = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    if (error != std::errc{} || end != text.data() + text.size() || mode > 0777) {
        refuse_value(from.key, text, "not an octal mode from 0000 to 0777");
    }
    return mode;
}

std::string group_in(const assignment& from) {
    const view text = text_in(from);
    if (text.empty()) refuse_value(from.key, text, "empty");
    if (text.find_first_of(view("\0:/\n", 4)) != text.npos) refuse_value(from.key, text, "not the name of a group");
    return std::string(text);
}

constexpr key_rule<control::settings> rules[] = {
    {"socket", [](auto& into, const assignment& from) { into.socket = socket_in(from); }},
    {"mode", [](auto& into, const assignment& from) { into.mode = mode_in(from); }},
    {"group", [](auto& into, const assignment& from) { into.group = group_in(from); }},
};

}  // namespace

std::span<const key_rule<control::settings>> control_rules() noexcept {
    return rules;
}

}  // namespace app::config
