#include "watch/mount_watch.hpp"

#include <fcntl.h>

namespace filemap::fs {
namespace asio = boost::asio;

struct mount_watch::state : std::enable_shared_from_this<mount_watch::state> {
    state(const asio::any_io_executor& executor, int mounts, std::function<void()> what)
        : descriptor(executor, mounts), tell(std::move(what)) {}

    // Waiting marks all earlier changes as seen. Changes are reported only after the first wait.
    void wait() {
        descriptor.async_wait(asio::posix::stream_descriptor::wait_error,
                              [self = shared_from_this()](error_code error) {
                                  if (error || self->closed) return;
                                  self->wait();
                                  self->tell();
                              });
    }

    asio::posix::stream_descriptor descriptor;
    std::function<void()> tell;
    bool closed = false;
};

mount_watch::mount_watch(std::shared_ptr<state> made) noexcept : state_(std::move(made)) {}
mount_watch::mount_watch(mount_watch&&) noexcept = default;
mount_watch& mount_watch::operator=(mount_watch&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

mount_watch::~mount_watch() {
    if (!state_) return;
    state_->closed = true;
    error_code ignored;
    state_->descriptor.close(ignored);
}

result<mount_watch> mount_watch::open(const asio::any_io_executor& executor, std::function<void()> tell) {
    const int mounts = ::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (mounts < 0) return last_system_failure("/proc/self/mountinfo");
    auto made = std::make_shared<state>(executor, mounts, std::move(tell));
    made->wait();
    return mount_watch(std::move(made));
}

}  // namespace filemap::fs
