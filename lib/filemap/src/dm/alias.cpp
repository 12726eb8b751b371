#include <filemap/dm/group_descriptor.hpp>

#include <cstdio>
#include <memory>

#include <dlfcn.h>

namespace filemap::dm {
namespace {

constexpr const char* library_name = "libdevmapper.so.1.02.1";
/// The first "1.02.N" that quotes (lvm2 2.03.24, May 2024).
constexpr unsigned first_quoting = 198;

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

bool is_continuation(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// Returns the length of the UTF-8 character at the front, or 1 if there is none.
std::size_t character_length(std::string_view text) noexcept {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead >= 0xf0 && lead < 0xf8 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (lead >= 0xf8 || length > text.size()) return 1;
    for (std::size_t i = 1; i < length; ++i)
        if (!is_continuation(text[i])) return 1;
    return length;
}

/// Explains why the first character, of @p length bytes, is a problem. Returns nullptr if the character is no problem.
const char* problem_at(std::string_view text, std::size_t length, alias_syntax syntax) {
    const char c = text.front();
    if (c == ':') return "a colon, which ends the alias for other programs";
    if (is_control(c)) return "a control character";
    if (text.substr(0, length).find('\xa0') != std::string_view::npos)
        return "a character with the byte a0, which the kernel takes for a blank";
    switch (syntax) {
        case alias_syntax::plain:
            if (c == ' ') return "a blank, which the installed libdevmapper cannot read";
            if (c == '\\') return "a backslash, which the installed libdevmapper drops";
            break;
        case alias_syntax::quoted:
            // Tested: "# " ends the alias for 1.02.214.
            if (text.starts_with("# ")) return "'#' before a blank, which other programs cannot read";
            break;
    }
    return nullptr;
}

alias_syntax ask_installed_library() {
    const std::unique_ptr<void, int (*)(void*)> library(::dlopen(library_name, RTLD_LAZY | RTLD_LOCAL), &::dlclose);
    if (!library) return alias_syntax::quoted;
    using get_version = int (*)(char*, std::size_t);
    const auto ask = reinterpret_cast<get_version>(::dlsym(library.get(), "dm_get_library_version"));
    char version[64] = "";
    unsigned release = 0;
    if (ask == nullptr || ask(version, sizeof version) == 0 || std::sscanf(version, "1.02.%u", &release) != 1)
        return alias_syntax::quoted;
    return release >= first_quoting ? alias_syntax::quoted : alias_syntax::plain;
}

}  // namespace

std::string alias_part(std::string_view alias, alias_syntax syntax) {
    if (alias.empty() || syntax == alias_syntax::plain) return std::string(alias);
    return '"' + std::string(alias) + '"';
}

std::string alias_problem(std::string_view alias, alias_syntax syntax) {
    while (!alias.empty()) {
        const std::size_t length = character_length(alias);
        if (const char* const problem = problem_at(alias, length, syntax))
            return std::string("the alias holds ") + problem;
        alias.remove_prefix(length);
    }
    return {};
}

std::string readable_alias(std::string_view name, alias_syntax syntax) {
    std::string alias;
    while (!name.empty()) {
        const std::size_t length = character_length(name);
        if (problem_at(name, length, syntax) != nullptr)
            alias += '_';
        else
            alias += name.substr(0, length);
        name.remove_prefix(length);
    }
    return alias;
}

alias_syntax installed_alias_syntax() {
    // Loading the library takes longer than all other work for a file.
    static const alias_syntax installed = ask_installed_library();
    return installed;
}

}  // namespace filemap::dm
