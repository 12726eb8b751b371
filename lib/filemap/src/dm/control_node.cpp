#include "dm/parse.hpp"

#include <filemap/dm/control_node.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace filemap::dm {
namespace {

constexpr std::size_t smallest_buffer = 16 * 1024;
constexpr std::size_t largest_buffer = 256 * 1024 * 1024;
/// Bounds the loop. A single interrupted ioctl is normal; this many are a fault.
constexpr int max_interruptions = 1000;

constexpr std::size_t message_offset = sizeof(dm_ioctl) + offsetof(dm_target_msg, message);

dm_ioctl header(device_id device, std::size_t size) {
    dm_ioctl params{};
    params.version[0] = DM_VERSION_MAJOR;
    params.data_size = static_cast<std::uint32_t>(size);
    params.data_start = sizeof(dm_ioctl);
    params.dev = device.number();
    return params;
}

/// Message buffer, which finally becomes the answer. The kernel copies the whole buffer in, so it is no larger than
/// needed.
class request {
public:
    request(device_id device, std::string_view text, std::size_t size) : memory_(size, '\0') {
        const dm_ioctl params = header(device, size);
        const std::uint64_t sector = 0;
        char* const data = memory_.data();
        std::memcpy(data, &params, sizeof params);
        std::memcpy(data + sizeof params, &sector, sizeof sector);
        std::memcpy(data + message_offset, text.data(), text.size());
    }

    [[nodiscard]] bool send(int descriptor) {
        int status = -1;
        for (int tries = 0; tries < max_interruptions; ++tries) {
            status = ::ioctl(descriptor, DM_TARGET_MSG, memory_.data());
            if (status == 0 || errno != EINTR) break;
        }
        return status == 0;
    }

    [[nodiscard]] bool answer_was_too_long() const { return (params().flags & DM_BUFFER_FULL_FLAG) != 0; }

    [[nodiscard]] std::string answer() && {
        const dm_ioctl answered = params();
        if ((answered.flags & DM_DATA_OUT_FLAG) == 0 || answered.data_start >= memory_.size()) return {};
        const char* const text = memory_.data() + answered.data_start;
        const auto end = std::clamp<std::size_t>(answered.data_size, answered.data_start, memory_.size());
        memory_.resize(answered.data_start + ::strnlen(text, end - answered.data_start));
        memory_.erase(0, answered.data_start);
        return std::move(memory_);
    }

private:
    [[nodiscard]] dm_ioctl params() const {
        dm_ioctl copy;
        std::memcpy(&copy, memory_.data(), sizeof copy);
        return copy;
    }

    std::string memory_;
};

/// Returns the size of the first buffer: the message with NUL, or the answer with NUL and the extra byte that the
/// kernel requires.
std::size_t first_size(std::size_t text_size, std::size_t answer_size) {
    const std::size_t for_message = message_offset + text_size + 1;
    const std::size_t for_answer = sizeof(dm_ioctl) + std::min(answer_size, largest_buffer / 2) + 64;
    return std::max({smallest_buffer, for_message, for_answer});
}

// Returns a lock on one byte of the node for each group of each device. The node holds no bytes; only the lock ranges
// matter.
struct flock lock_of(device_id device, group_id group, short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(std::uint64_t{device.minor} << 32 | (group.value() & 0xffffffff));
    lock.l_len = 1;
    return lock;
}

}  // namespace

result<void> kernel::claim(device_id, group_id) {
    return {};
}
void kernel::release(device_id, group_id) noexcept {}

result<control_node> control_node::open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return last_system_failure("open " + path);
    control_node node(descriptor);
    dm_ioctl params = header({}, sizeof params);
    // The kernel writes its version also if it rejects ours.
    if (::ioctl(descriptor, DM_VERSION, &params) != 0 && params.version[0] == DM_VERSION_MAJOR)
        return last_system_failure("DM_VERSION on " + path);
    if (params.version[0] != DM_VERSION_MAJOR) return failure(errc::version_mismatch, "DM_VERSION on " + path);
    return node;
}

control_node::control_node(control_node&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

control_node& control_node::operator=(control_node&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

control_node::~control_node() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

result<void> control_node::claim(device_id device, group_id group) {
    struct flock lock = lock_of(device, group, F_WRLCK);
    if (::fcntl(descriptor_, F_SETLK, &lock) == 0) return {};
    std::string context = "group " + std::to_string(group.value()) + " on device " + to_string(device);
    if (errno != EACCES && errno != EAGAIN) return last_system_failure(std::move(context));
    if (::fcntl(descriptor_, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
        context += ", process " + std::to_string(lock.l_pid);
    return failure(errc::group_claimed, std::move(context));
}

void control_node::release(device_id device, group_id group) noexcept {
    struct flock lock = lock_of(device, group, F_UNLCK);
    ::fcntl(descriptor_, F_SETLK, &lock);
}

result<std::string> control_node::message(device_id device, std::string_view text, std::size_t answer_size) {
    // A NUL would truncate the message into a different one.
    if (text.find('\0') != std::string_view::npos || text.size() > largest_buffer / 2)
        return failure(make_error_code(boost::system::errc::invalid_argument), detail::describe(text, device));
    for (std::size_t size = first_size(text.size(), answer_size);; size = std::min(size * 2, largest_buffer)) {
        request message(device, text, size);
        if (!message.send(descriptor_)) return last_system_failure(detail::describe(text, device));
        if (!message.answer_was_too_long()) return std::move(message).answer();
        if (size == largest_buffer) return failure(errc::answer_too_long, detail::describe(text, device));
    }
}

}  // namespace filemap::dm
