#include "watch/path_watches.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace filemap::fs {

result<path_watches::place> path_watches::place_of(const path_hop& hop) {
    // Only the number of the watch identifies the directory.
    auto watch = hub_.watch_state(hop.directory.get(), directory_events, {});
    if (!watch) return watch.error();
    const int number = watch->watch();
    const auto [found, is_new] = directories_.try_emplace(number);
    if (is_new) {
        auto told = hub_.watch_state(
            hop.directory.get(), directory_events,
            [this, number](std::uint32_t mask, std::string_view name) { note(number, mask, std::string(name)); });
        if (!told) {
            directories_.erase(found);
            return told.error();
        }
        found->second.watch = std::move(*told);
    }
    return place{number, &found->second.names.try_emplace(hop.name).first->first};
}

result<bool> path_watches::plant(subscriber_id who, std::span<const path_hop> way) {
    std::vector<place> places;
    std::optional<failure> failed;
    for (const path_hop& hop : way) {
        auto at = place_of(hop);
        if (!at) {
            failed = at.error();
            break;
        }
        directories_[at->watch].names[*at->name].insert(who);
        // An absolute link can lead through the same names again.
        if (std::ranges::find(places, *at) == places.end()) places.push_back(*at);
    }
    const std::vector<place> before = std::exchange(places_[who], places);
    for (const place& old : before) {
        if (std::ranges::find(places, old) == places.end()) leave(who, old);
    }
    if (failed) {
        remove(who);
        return *failed;
    }
    return before != places;
}

void path_watches::remove(subscriber_id who) {
    const auto node = places_.extract(who);
    if (node.empty()) return;
    for (const place& at : node.mapped()) leave(who, at);
}

void path_watches::leave(subscriber_id who, const place& from) {
    const auto directory = directories_.find(from.watch);
    if (directory == directories_.end()) return;
    auto& names = directory->second.names;
    const auto name = names.find(*from.name);
    if (name == names.end()) return;
    name->second.erase(who);
    if (name->second.empty()) names.erase(name);
    if (names.empty()) directories_.erase(directory);
}

void path_watches::note(int watch, std::uint32_t mask, const std::string& name) {
    const auto directory = directories_.find(watch);
    if (directory == directories_.end()) return;
    std::vector<subscriber_id> told;
    const auto& names = directory->second.names;
    const auto add = [&told](const waiters& who) { told.insert(told.end(), who.begin(), who.end()); };
    if (!name.empty()) {
        if (const auto found = names.find(name); found != names.end()) add(found->second);
    } else {
        for (const auto& [key, who] : names) add(who);
    }
    if (mask & IN_IGNORED) {
        // A later watch with this number is for another directory.
        for (const subscriber_id who : told) {
            std::erase_if(places_[who], [watch](const place& at) { return at.watch == watch; });
        }
        directories_.erase(watch);
    }
    tell(told);
}

void path_watches::tell(const std::vector<subscriber_id>& told) {
    for (const subscriber_id who : told) {
        if (places_.contains(who)) tell_(who);
    }
}

}  // namespace filemap::fs
