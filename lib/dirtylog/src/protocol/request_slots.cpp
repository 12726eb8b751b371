#include "protocol/request_slots.hpp"

#include <filemap/fs/descriptor.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>

namespace dirtylog {
namespace {

using filemap::last_system_failure;
using filemap::fs::descriptor;

constexpr std::size_t all_size = request_slots::count * request_slots::slot_size;
// A netlink head starts with its length, which is not 0.
constexpr std::size_t mark_size = sizeof(std::uint32_t);

}  // namespace

result<request_slots> request_slots::open(const std::string& directory) {
    descriptor file;
    if (!directory.empty()) {
        const std::string path = directory + "/requests";
        file = descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
        if (!file.is_open()) return last_system_failure(path);
        if (const int error = ::posix_fallocate(file.get(), 0, all_size); error != 0) return errno_failure(error, path);
    }
    const int flags = file.is_open() ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    void* const at = ::mmap(nullptr, all_size, PROT_READ | PROT_WRITE, flags, file.get(), 0);
    if (at == MAP_FAILED) return last_system_failure("mapping requests");
    return request_slots(std::span(static_cast<std::byte*>(at), all_size));
}

request_slots::request_slots(std::span<std::byte> memory) : memory_(memory) {
    free_.reserve(count);
    for (std::size_t slot = 0; slot < count; ++slot) (is_used(slot) ? unanswered_ : free_).push_back(slot);
}

request_slots::request_slots(request_slots&& other) noexcept
    : memory_(std::exchange(other.memory_, {})),
      free_(std::move(other.free_)),
      unanswered_(std::move(other.unanswered_)) {}

request_slots::~request_slots() {
    if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
}

bool request_slots::is_used(std::size_t slot) const noexcept {
    return std::ranges::any_of((*this)[slot].first(mark_size), [](std::byte b) { return b != std::byte{}; });
}

std::size_t request_slots::acquire() noexcept {
    const std::size_t slot = free_.back();
    free_.pop_back();
    return slot;
}

void request_slots::release(std::size_t slot) noexcept {
    std::ranges::fill((*this)[slot].first(mark_size), std::byte{});
    free_.push_back(slot);
}

}  // namespace dirtylog
