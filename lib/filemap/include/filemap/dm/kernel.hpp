#pragma once

#include <filemap/error.hpp>
#include <filemap/export.hpp>
#include <filemap/units.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace filemap::dm {

/**
 * @brief The kernel as device-mapper's target messages show it.
 * @details
 * The seam below which there are two implementations: `control_node`, the kernel of this machine, and
 * `simulated_kernel`, which is kept in memory for tests. Messages are texts as the kernel's tokenizer takes
 * them; `statistics` writes and reads them.
 *
 * @par Thread-safety  `message` may be called from several threads at once.
 */
class FILEMAP_API kernel {
public:
    virtual ~kernel() = default;

    /**
     * @brief Sends one message to sector 0 of a device and waits for the answer.
     * @param device      The device, by number.
     * @param text        The message, tokens escaped. Holds no NUL.
     * @param answer_size A guess at the length of the answer in bytes; a good one saves repeated calls.
     * @return The answer as the kernel wrote it; empty for the messages that have none.
     *
     * @par Errors   The kernel's errno: ENXIO without such a device or if it is no device-mapper device, EACCES without
     *               CAP_SYS_ADMIN, what the message itself gives; EINVAL for a message with a
     *               NUL; `errc::answer_too_long`.
     * @par Blocking `@stats_create` waits, uninterruptibly, until all I/O in flight on the device is done.
     */
    [[nodiscard]] virtual result<std::string> message(device_id device, std::string_view text,
                                                      std::size_t answer_size = 0) = 0;

    /**
     * @brief Reserves a group for this process until it releases it or ends, so that no two keep it true to a file.
     * @details Nothing else is kept from changing the group. The default is for a kernel that no other process shares.
     * @par Errors  `errc::group_claimed`; the context names the process that has it.
     */
    [[nodiscard]] virtual result<void> claim(device_id device, group_id group);
    virtual void release(device_id device, group_id group) noexcept;
};

}  // namespace filemap::dm
