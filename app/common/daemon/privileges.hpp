#pragma once

#include <filemap/error.hpp>

#include <initializer_list>

namespace app::daemon {

/**
 * @brief Drops all capabilities except @p kept, permanently, also from the bounding set, and sets no_new_privs.
 * @details Affects the calling thread only, so call it before other threads start. If the process lacks a kept
 * capability, this is no error.
 * @param kept Capabilities to keep, such as CAP_SYS_ADMIN.
 */
[[nodiscard]] filemap::result<void> drop_privileges(std::initializer_list<int> kept);

}  // namespace app::daemon
