#pragma once

#include "unit/dirtylog/server/server_fixture.hpp"

#include <string>
#include <string_view>

namespace dirtylog::test {

inline constexpr std::string_view disk = "40 disk /log 8";
inline constexpr std::string_view clean_disk = "40 disk /log 8 nosync";
inline constexpr std::string_view with_leg = "40 disk /log 8 nosync leg=/leg";

struct disk_world : world {
    disk_world() {
        disks["/log"];
        legs["/leg"];
    }
    std::uint64_t sync_count(std::uint64_t luid = 1) { return number(DM_ULOG_GET_SYNC_COUNT, {}, luid); }
    bool is_in_sync(std::uint64_t which, std::uint64_t luid = 1) {
        return number(DM_ULOG_IN_SYNC, numbers({which}), luid) == 1;
    }
    memory_disk& log_disk() { return disks["/log"]; }
    std::string status() { return std::string(settle(DM_ULOG_STATUS_INFO).text().substr(0, 11)); }
};

}  // namespace dirtylog::test
