#pragma once

#include "unit/dirtylog/server/server_fixture.hpp"

#include <cstdint>
#include <string_view>

/// Logs of kind `core` with five regions.
namespace dirtylog::test {

inline constexpr std::string_view core = "40 core 8";
inline constexpr std::string_view clean_core = "40 core 8 nosync";
inline constexpr std::uint64_t old_log = 1;
inline constexpr std::uint64_t new_log = 2;

inline bool is_in_sync(world& w, std::uint64_t which, std::uint64_t luid = 1) {
    return w.number(DM_ULOG_IN_SYNC, numbers({which}), luid) == 1;
}
inline bool is_clean(world& w, std::uint64_t which, std::uint64_t luid = 1) {
    return w.number(DM_ULOG_IS_CLEAN, numbers({which}), luid) == 1;
}
inline std::uint64_t sync_count(world& w, std::uint64_t luid = 1) {
    return w.number(DM_ULOG_GET_SYNC_COUNT, {}, luid);
}

}  // namespace dirtylog::test
