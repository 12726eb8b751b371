#include "dm/parse.hpp"

#include <filemap/dm/group_descriptor.hpp>

#include <algorithm>

namespace filemap::dm {
namespace {

constexpr std::string_view tag = "DMS_GROUP=";

using detail::skip;
using detail::take_number;

std::optional<id_run> take_run(std::string_view& text) {
    const auto first = take_number(text);
    if (!first) return std::nullopt;
    const auto last = skip(text, '-') ? take_number(text) : first;
    if (!last || *last < *first) return std::nullopt;
    return id_run{region_id{*first}, region_id{*last}};
}

/// Parses a member list and the rest: '#' and user data, or the end.
bool take_members(std::string_view text, group_descriptor& found) {
    std::vector<id_run> members;
    do {
        // libdm accepts a comma after the last item.
        if (!members.empty() && (text.empty() || text.front() == '#')) break;
        const auto run = take_run(text);
        if (!run) return false;
        members.push_back(*run);
    } while (skip(text, ','));
    if (!text.empty() && !skip(text, '#')) return false;
    found.members = std::move(members);
    found.user_data = text.empty() ? "-" : std::string(text);
    return true;
}

}  // namespace

std::optional<group_descriptor> group_descriptor::parse(std::string_view aux) {
    if (!aux.starts_with(tag)) return std::nullopt;
    aux.remove_prefix(tag.size());
    group_descriptor found;
    for (auto colon = aux.find(':'); colon != std::string_view::npos; colon = aux.find(':', colon + 1)) {
        if (!take_members(aux.substr(colon + 1), found)) continue;
        found.alias_part = aux.substr(0, colon);
        return found;
    }
    return std::nullopt;
}

std::string group_descriptor::format() const {
    std::string text(tag);
    text.append(alias_part).append(":");
    for (const id_run& run : members) {
        if (&run != members.data()) text += ',';
        text += std::to_string(run.first.value());
        if (run.last != run.first) text.append("-").append(std::to_string(run.last.value()));
    }
    return text.append("#").append(user_data);
}

std::string_view group_descriptor::alias() const noexcept {
    const std::string_view part = alias_part;
    const bool in_quotes = part.size() >= 2 && part.front() == '"' && part.back() == '"';
    return in_quotes ? part.substr(1, part.size() - 2) : part;
}

bool group_descriptor::contains(region_id id) const noexcept {
    return std::ranges::any_of(members, [id](const id_run& run) { return run.first <= id && id <= run.last; });
}

void append(std::vector<id_run>& runs, region_id id) {
    if (!runs.empty() && runs.back().last.value() + 1 == id.value()) {
        runs.back().last = id;
    } else {
        runs.push_back({id, id});
    }
}

}  // namespace filemap::dm
