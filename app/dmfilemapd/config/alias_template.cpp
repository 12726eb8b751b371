#include "dmfilemapd/config/alias_template.hpp"

#include "common/cli/startup_error.hpp"
#include "common/config/spelling.hpp"
#include "common/text/display.hpp"
#include "dmfilemapd/cli/opened_files.hpp"

#include <algorithm>
#include <climits>

namespace dmfilemapd {
namespace {

[[noreturn]] void refuse(std::string_view alias_template, const std::string& why) {
    throw app::usage_error("alias " + app::quoted(alias_template) + ": " + why);
}

std::string_view directory_of(std::string_view path) {
    return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
}

std::string_view value_of(std::string_view name, std::string_view alias_template, std::string_view path) {
    if (name == "name") return base_name(path);
    if (name == "dir") return directory_of(path);
    if (name == "path") return path;
    constexpr std::string_view known[] = {"name", "dir", "path"};
    const auto meant = app::config::nearest(name, known);
    refuse(alias_template, "unknown placeholder " + app::quoted('{' + std::string(name) + '}') +
                               (meant ? "; did you mean '{" + std::string(*meant) + "}'?" : ""));
}

// Truncates the alias between characters.
void cut(std::string& alias, std::size_t longest) {
    if (alias.size() <= longest) return;
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
    std::size_t end = longest;
    while (longest - end < 3 && continues(alias[end])) --end;
    // More than three continuation bytes in a row are not UTF-8.
    alias.resize(continues(alias[end]) ? longest : end);
}

}  // namespace

std::string expand_alias(std::string_view alias_template, std::string_view path) {
    std::string alias;
    for (std::size_t at = 0; at < alias_template.size(); ++at) {
        const std::string_view rest = alias_template.substr(at);
        if (rest.starts_with("{{") || rest.starts_with("}}")) {
            alias += rest[0];
            ++at;
        } else if (rest[0] == '{') {
            const std::size_t end = rest.find('}');
            if (end == rest.npos) refuse(alias_template, "'{' without '}'");
            alias += value_of(rest.substr(1, end - 1), alias_template, path);
            at += end;
        } else if (rest[0] == '}') {
            refuse(alias_template, "'}' without '{'; a brace is written as two");
        } else {
            alias += rest[0];
        }
    }
    cut(alias, NAME_MAX);
    return alias;
}

}  // namespace dmfilemapd
