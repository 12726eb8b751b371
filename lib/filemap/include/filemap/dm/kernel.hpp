#pragma once

#include <filemap/error.hpp>
#include <filemap/export.hpp>
#include <filemap/units.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace filemap::dm {

/**
 * @brief Interface to device-mapper's target messages.
 * @details
 * Two implementations: `control_node` (the kernel of this machine) and `simulated_kernel` (in memory, for tests).
 * Messages are texts for the kernel's tokenizer; `statistics` formats and parses them.
 *
 * @par Thread-safety  `message` may be called from several threads at once.
 */
class FILEMAP_API kernel {
public:
    virtual ~kernel() = default;

    /**
     * @brief Sends one message to sector 0 of a device and waits for the answer.
     * @param device      The device, by number.
     * @param text        The message, with escaped tokens and without NUL.
     * @param answer_size Expected length of the answer in bytes; a good estimate saves repeated calls.
     * @return The answer of the kernel; empty for messages that have none.
     *
     * @par Errors   The kernel's errno: ENXIO if the device does not exist or is no device-mapper device, EACCES
     * without CAP_SYS_ADMIN, and the errors of the message itself; EINVAL for a message with a NUL;
     * `errc::answer_too_long`.
     * @par Blocking `@stats_create` waits, uninterruptibly, until all I/O in flight on the device is done.
     */
    [[nodiscard]] virtual result<std::string> message(device_id device, std::string_view text,
                                                      std::size_t answer_size = 0) = 0;

    /**
     * @brief Reserves a group for this process until the process releases it or ends, so that no two processes manage
     * it.
     * @details The reservation does not keep other programs from changing the group. The default is for a kernel that
     * no other process shares.
     * @par Errors  `errc::group_claimed`; the context names the process that has the group.
     */
    [[nodiscard]] virtual result<void> claim(device_id device, group_id group);
    virtual void release(device_id device, group_id group) noexcept;
};

}  // namespace filemap::dm
