#include "model/live_state.hpp"

#include <filemap/fs/descriptor.hpp>

#include <cerrno>
#include <cstring>
#include <type_traits>

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dirtylog {
namespace {

using filemap::last_system_failure;
using filemap::fs::descriptor;

constexpr std::array<char, 8> magic{'d', 'm', 'd', 'l', 'i', 'v', 'e', '1'};
constexpr std::size_t head_size = layout::page_size;
// Bitmaps: clean, in sync, changed.
constexpr std::size_t bitmaps = 3;

std::string path_of(const std::string& directory, log_luid luid) {
    char name[32];
    std::snprintf(name, sizeof name, "/log-%016lx.live", luid.value());
    return directory + name;
}

std::size_t size_of(geometry shape, bool with_checkpoints) noexcept {
    const std::size_t many = bitmaps + (with_checkpoints ? layout::checkpoints : 0);
    return head_size + many * words_for(shape.regions()) * sizeof(std::uint64_t);
}

result<std::span<std::byte>> map(int file, std::size_t size, const std::string& path) {
    void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at == MAP_FAILED) return last_system_failure("mapping " + path);
    return std::span(static_cast<std::byte*>(at), size);
}

}  // namespace

struct live_state::head {
    std::array<char, 8> magic;
    identity of;
    live_phase phase;
    std::uint64_t outstanding;
    std::uint64_t epoch;
    std::array<checkpoint, layout::checkpoints> checkpoints;
};

live_state::head& live_state::at() const noexcept {
    // The file was written by a program of the same format, and its head contains no pointers.
    static_assert(std::is_trivially_copyable_v<head> && sizeof(head) <= head_size);
    return *reinterpret_cast<head*>(memory_.data());
}

std::span<std::uint64_t> live_state::words(std::size_t which) const noexcept {
    const std::size_t many = words_for(at().of.shape.regions());
    return {reinterpret_cast<std::uint64_t*>(memory_.data() + head_size) + which * many, many};
}

result<std::unique_ptr<live_state>> live_state::create(const std::string& directory, const identity& of) {
    const std::string path = path_of(directory, of.key.luid);
    const std::string next = path + ".new";
    // A killed process may have left a file of this name.
    ::unlink(next.c_str());
    const descriptor file{::open(next.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file.is_open()) return last_system_failure(next);
    const std::size_t size = size_of(of.shape, of.with_checkpoints);
    if (const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(size)); error != 0) {
        ::unlink(next.c_str());
        return errno_failure(error, "making room for " + std::to_string(size) + " bytes in " + next);
    }
    const auto memory = map(file.get(), size, next);
    if (!memory) return memory.error();
    head begin{};
    begin.magic = magic;
    begin.of = of;
    begin.phase = live_phase::resumed;
    begin.epoch = 1;
    std::memcpy(memory->data(), &begin, sizeof begin);
    return std::unique_ptr<live_state>(new live_state(*memory, path));
}

result<std::unique_ptr<live_state>> live_state::attach(const std::string& directory, const log_key& key,
                                                       const boot_id& boot) {
    const std::string path = path_of(directory, key.luid);
    const descriptor file{::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    if (!file.is_open() && errno == ENOENT) return std::unique_ptr<live_state>();
    if (!file.is_open()) return last_system_failure(path);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return last_system_failure(path);
    const auto size = static_cast<std::size_t>(status.st_size);
    if (!S_ISREG(status.st_mode) || size < head_size) return failure(filemap::errc::state_malformed, path);
    const auto memory = map(file.get(), size, path);
    if (!memory) return memory.error();
    std::unique_ptr<live_state> found(new live_state(*memory, path));
    const head& got = found->at();
    if (got.magic != magic || got.of.shape.region_size.count() == 0 ||
        size != size_of(got.of.shape, got.of.with_checkpoints) || !got.of.key.uuid.is_sane() ||
        !got.of.boot.is_sane() ||
        !std::ranges::all_of(got.checkpoints, [](const checkpoint& c) { return c.name.is_sane(); }))
        return failure(filemap::errc::state_malformed, path);
    if (!(got.of.key == key) || !(got.of.boot == boot)) return std::unique_ptr<live_state>();
    return found;
}

void live_state::remove(const std::string& directory, log_luid luid) noexcept {
    const std::string path = path_of(directory, luid);
    ::unlink(path.c_str());
    ::unlink((path + ".new").c_str());
}

live_state::~live_state() {
    ::munmap(memory_.data(), memory_.size());
}

result<void> live_state::publish() {
    if (::rename((path_ + ".new").c_str(), path_.c_str()) != 0) return last_system_failure(path_);
    return {};
}

geometry live_state::shape() const noexcept {
    return at().of.shape;
}

live_words live_state::words() noexcept {
    return {words(0), words(1), words(2), &at().outstanding};
}

bool live_state::has_checkpoints() const noexcept {
    return at().of.with_checkpoints;
}

std::span<std::uint64_t> live_state::checkpoint_words(std::size_t place) noexcept {
    return words(bitmaps + place);
}

std::array<checkpoint, layout::checkpoints> live_state::checkpoints() const noexcept {
    return at().checkpoints;
}

void live_state::put_checkpoint(std::size_t place, const checkpoint& what) noexcept {
    at().checkpoints[place] = what;
}

live_phase live_state::phase() const noexcept {
    return at().phase;
}

void live_state::set_phase(live_phase now) noexcept {
    at().phase = now;
}

std::uint64_t live_state::epoch() const noexcept {
    return at().epoch;
}

void live_state::set_epoch(std::uint64_t now) noexcept {
    at().epoch = now;
}

void live_state::continue_from(live_state& before, bool clean) noexcept {
    fill(clean);
    const std::uint64_t common = std::min(before.regions().count(), regions().count());
    const auto copy = [common](std::span<const std::uint64_t> from, std::span<std::uint64_t> to) {
        const std::size_t whole = common / bits_in_word;
        std::ranges::copy(from.first(whole), to.begin());
        if (common % bits_in_word == 0) return;
        const std::uint64_t old = (std::uint64_t{1} << common % bits_in_word) - 1;
        to[whole] = (from[whole] & old) | (to[whole] & ~old);
    };
    for (std::size_t i = 0; i < bitmaps; ++i) copy(before.words(i), words(i));
    at().epoch = before.epoch();
    if (!has_checkpoints() || !before.has_checkpoints()) return;
    at().checkpoints = before.checkpoints();
    for (std::size_t i = 0; i < layout::checkpoints; ++i) copy(before.checkpoint_words(i), checkpoint_words(i));
}

void live_state::fill(bool clean) noexcept {
    const region_count all = regions();
    bitmap(all, words(0)).fill(clean);
    bitmap(all, words(1)).fill(clean);
    bitmap(all, words(2)).fill(true);
    if (!has_checkpoints()) return;
    for (std::size_t i = 0; i < layout::checkpoints; ++i) bitmap(all, checkpoint_words(i)).fill(true);
}

}  // namespace dirtylog
