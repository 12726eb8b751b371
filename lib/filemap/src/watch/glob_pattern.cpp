#include "watch/glob_pattern.hpp"

#include <algorithm>

#include <fnmatch.h>

namespace filemap::fs {
namespace {

constexpr int component_flags = FNM_PATHNAME | FNM_PERIOD;

bool is_literal(std::string_view component) {
    return component.find_first_of("*?[\\") == component.npos;
}

std::vector<std::string> components_of(std::string_view path) {
    std::vector<std::string> components;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::size_t end = std::min(path.find('/'), path.size());
        components.emplace_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return components;
}

}  // namespace

std::string joined_path(std::string_view directory, std::string_view name) {
    std::string path(directory);
    if (!path.ends_with('/')) path += '/';
    return path += name;
}

glob_pattern::glob_pattern(glob_spec spec)
    : spec_(std::move(spec)), base_("/"), components_(components_of(spec_.pattern)) {
    while (components_.size() > 1 && is_literal(components_.front())) {
        base_ = joined_path(base_, components_.front());
        components_.erase(components_.begin());
    }
}

bool glob_pattern::excludes(std::string_view directory, const std::string& name) const {
    return std::ranges::any_of(spec_.exclude, [&](const std::string& pattern) {
        if (!pattern.starts_with('/')) return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
        return ::fnmatch(pattern.c_str(), joined_path(directory, name).c_str(), FNM_PATHNAME) == 0;
    });
}

bool glob_pattern::matches(std::size_t depth, std::string_view directory, const std::string& name) const {
    const std::size_t last = components_.size() - 1;
    if (depth != last && !(spec_.recursive && depth > last)) return false;
    return ::fnmatch(components_[last].c_str(), name.c_str(), component_flags) == 0 && !excludes(directory, name);
}

bool glob_pattern::enters(std::size_t depth, std::string_view directory, const std::string& name) const {
    const bool is_above_last = depth + 1 < components_.size();
    if (!is_above_last && !spec_.recursive) return false;
    const char* pattern = is_above_last ? components_[depth].c_str() : "*";
    return ::fnmatch(pattern, name.c_str(), component_flags) == 0 && !excludes(directory, name);
}

}  // namespace filemap::fs
