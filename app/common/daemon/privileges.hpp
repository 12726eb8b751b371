#pragma once

#include <filemap/error.hpp>

#include <initializer_list>

namespace app::daemon {

/**
 * @brief Drops all capabilities except @p kept, permanently, also from the bounding set, and sets no_new_privs.
 * @details Affects the calling thread only, so call it before other threads start. A kept capability that the process
 * lacks is no error.
 * @param kept CAP_SYS_ADMIN, ...
 */
[[nodiscard]] filemap::result<void> drop_privileges(std::initializer_list<int> kept);

}  // namespace app::daemon
