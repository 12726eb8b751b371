#pragma once

#include <filemap/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>

namespace filemap::fs {

/**
 * @brief Reports changes of this process's mount namespace.
 * @details A report does not say what has changed. Changes in quick succession are reported once.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 * @par Source         proc(5), `/proc/[pid]/mounts`: poll(2) marks the file with POLLPRI after a change.
 */
class mount_watch {
public:
    /// @param tell Must not throw.
    [[nodiscard]] static result<mount_watch> open(const boost::asio::any_io_executor& executor,
                                                  std::function<void()> tell);
    mount_watch(mount_watch&&) noexcept;
    mount_watch& operator=(mount_watch&&) noexcept;
    ~mount_watch();

private:
    struct state;
    explicit mount_watch(std::shared_ptr<state> made) noexcept;

    std::shared_ptr<state> state_;
};

}  // namespace filemap::fs
