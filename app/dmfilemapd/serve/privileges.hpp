#pragma once

#include <filemap/error.hpp>

namespace dmfilemapd {

/**
 * @brief Gives up all capabilities but CAP_SYS_ADMIN (messages to devices) and CAP_DAC_READ_SEARCH (to open what is
 * followed), for good: the bounding set too, and nothing that is executed gains any.
 * @details Of the calling thread: to be called before there are others. What is not had is not missed here.
 */
[[nodiscard]] filemap::result<void> drop_privileges();

}  // namespace dmfilemapd
