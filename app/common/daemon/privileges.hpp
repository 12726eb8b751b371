#pragma once

#include <filemap/error.hpp>

#include <initializer_list>

namespace app::daemon {

/**
 * @brief Gives up all capabilities but those that are kept, for good: the bounding set too, and nothing that is
 * executed gains any.
 * @details Of the calling thread: to be called before there are others. What is not had is not missed here.
 * @param kept CAP_SYS_ADMIN, ...
 */
[[nodiscard]] filemap::result<void> drop_privileges(std::initializer_list<int> kept);

}  // namespace app::daemon
