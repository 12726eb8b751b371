#include "common/http/client_limit.hpp"

#include <algorithm>

namespace app::control {

bool make_room(const clients& among, std::size_t most) {
    const auto is_counted = [](const auto& client) { return !client->closed && !client->listens; };
    const auto count = std::size_t(std::ranges::count_if(among, is_counted));
    if (count < most) return true;
    std::shared_ptr<connection> longest;
    for (const auto& client : among) {
        const bool is_idle = is_counted(client) && client->idle_since;
        if (is_idle && (!longest || *client->idle_since < *longest->idle_since)) longest = client;
    }
    if (longest) longest->close();
    // Closing a rejected client frees no place.
    return longest && count == most;
}

}  // namespace app::control
