#pragma once

#include <filemap/dm/kernel.hpp>
#include <filemap/export.hpp>

#include <string>

namespace filemap::dm {

/**
 * @brief Sends messages to the kernel of this machine through `/dev/mapper/control`.
 * @details
 * Devices are addressed by number, so that no name is looked up and renames do not matter. If an answer does not fit,
 * the message is repeated with a larger buffer. This is safe: the kernel performs such a message only when its answer
 * has room (`DM_BUFFER_FULL_FLAG`). EINTR is repeated.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: `message` is safe.
 * @par Source         Linux `include/uapi/linux/dm-ioctl.h`, `DM_TARGET_MSG`.
 */
class FILEMAP_API control_node final : public kernel {
public:
    static constexpr const char* default_path = "/dev/mapper/control";

    /**
     * @brief Opens the node and compares interface versions.
     * @par Errors  ENOENT without device-mapper, EACCES without permission, `errc::version_mismatch`.
     */
    [[nodiscard]] static result<control_node> open(const std::string& path = default_path);

    control_node(control_node&& other) noexcept;
    control_node& operator=(control_node&& other) noexcept;
    control_node(const control_node&) = delete;
    control_node& operator=(const control_node&) = delete;
    ~control_node() override;

    [[nodiscard]] result<std::string> message(device_id device, std::string_view text,
                                              std::size_t answer_size = 0) override;

    /// Takes a record lock on the node. Every process that can open the node sees the lock. Closing any other
    /// descriptor of the node in this process releases all its claims.
    [[nodiscard]] result<void> claim(device_id device, group_id group) override;
    void release(device_id device, group_id group) noexcept override;

    /// Returns the descriptor for inotify. This object owns it.
    [[nodiscard]] int native_handle() const noexcept { return descriptor_; }

private:
    explicit control_node(int descriptor) noexcept : descriptor_(descriptor) {}

    int descriptor_ = -1;
};

}  // namespace filemap::dm
