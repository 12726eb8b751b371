#pragma once

#include "watch/path_walk.hpp"
#include "watch/watch_hub.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace filemap::fs {

/**
 * @brief Reports when a path may lead to another file: the file appears, or a name on the way changes.
 * @details
 * Watches each directory on the way once, also if several paths share the directory. An event costs a lookup of its
 * name. Mounts (see `mount_watch`) and changed permissions raise no event here.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all calls from the hub's thread.
 */
class path_watches {
public:
    /// Subscriber of a path; numbers are chosen by the caller.
    using subscriber_id = std::uint64_t;
    /// Reports to a subscriber. Must not throw. May call `plant` and `remove`.
    using teller = std::function<void(subscriber_id)>;

    path_watches(watch_hub& hub, teller tell) : hub_(hub), tell_(std::move(tell)) {}
    path_watches(const path_watches&) = delete;
    path_watches& operator=(const path_watches&) = delete;

    /**
     * @brief Watches the way of a path for a subscriber, in place of its previous way.
     * @return True if a part of the way was not watched before. The caller then walks the path once more to find
     * earlier changes.
     * @par Errors ENOSPC at the limit of watches. No part is watched then.
     */
    [[nodiscard]] result<bool> plant(subscriber_id who, std::span<const path_hop> way);
    void remove(subscriber_id who);

    [[nodiscard]] std::size_t directories() const noexcept { return directories_.size(); }

private:
    using waiters = std::unordered_set<subscriber_id>;
    struct watched {
        watch_hub::subscription watch;
        std::unordered_map<std::string, waiters> names;
    };
    // Position of a subscriber: number of the watch, and key in the directory's names.
    struct place {
        int watch;
        const std::string* name;
        friend bool operator==(const place&, const place&) = default;
    };

    [[nodiscard]] result<place> place_of(const path_hop& hop);
    void leave(subscriber_id who, const place& from);
    void note(int watch, std::uint32_t mask, const std::string& name);
    void tell(const std::vector<subscriber_id>& told);

    watch_hub& hub_;
    teller tell_;
    std::map<int, watched> directories_;
    std::unordered_map<subscriber_id, std::vector<place>> places_;
};

}  // namespace filemap::fs
