#include "support/growth.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr std::uint64_t block = 4096;
constexpr std::uint64_t largest_write = 1 << 20;

std::uint64_t blocks_of(std::uint64_t length) {
    return std::max<std::uint64_t>(length / block, 1) * block;
}

void append_in_pieces(growing_file& file, std::uint64_t length, std::uint64_t piece) {
    for (; length > 0; length -= std::min(length, piece)) file.append(std::min(length, piece));
}

[[noreturn]] void churn(const std::string& directory) {
    const std::string data(64 * 1024, 'c');
    for (unsigned i = 0;; ++i) {
        const std::string path = directory + "/churn" + std::to_string(i % 8);
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (file < 0 || ::write(file, data.data(), data.size()) < 0 || (i % 4 == 0 && ::fsync(file) != 0)) ::_exit(1);
        ::close(file);
        if (i % 2 == 0) ::unlink(path.c_str());
    }
}

}  // namespace

growing_file::growing_file(const std::string& path, writes how)
    : path_(path),
      file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (how == writes::direct ? O_DIRECT : 0), 0600)) {
    check(file_ >= 0, "open");
}

growing_file::growing_file(growing_file&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)), written_(other.written_) {}

growing_file::~growing_file() {
    if (file_ >= 0) ::close(file_);
}

void growing_file::check(bool holds, const char* what) const {
    if (!holds) throw std::system_error(errno, std::generic_category(), what + (' ' + path_));
}

void growing_file::append(std::uint64_t length) {
    static const std::unique_ptr<void, decltype(&std::free)> data(std::aligned_alloc(block, largest_write), &std::free);
    check(::pwrite(file_, data.get(), length, static_cast<off_t>(written_)) == static_cast<ssize_t>(length), "write");
    written_ += length;
}

void growing_file::sync() const {
    check(::fdatasync(file_) == 0, "fdatasync");
}

std::vector<growth> kinds_of_growth(double scale) {
    using writes = growing_file::writes;
    using files = std::vector<growing_file>;
    const auto scaled = [scale](double bytes) { return blocks_of(static_cast<std::uint64_t>(bytes * scale)); };
    constexpr double mb = 1e6;
    return {
        {"dd, direct", writes::direct, 1, [=](files& f) { append_in_pieces(f[0], scaled(100 * mb), largest_write); }},
        {"buffered, then synced", writes::buffered, 1,
         [=](files& f) {
             append_in_pieces(f[0], scaled(200 * mb), largest_write);
             f[0].sync();
         }},
        {"appended slowly", writes::buffered, 1,
         [=](files& f) {
             for (int i = 0; i < 100; ++i) {
                 f[0].append(scaled(0.2 * mb));
                 std::this_thread::sleep_for(std::chrono::milliseconds{50});
             }
             f[0].sync();
         }},
        {"log of 4 KiB lines, each synced", writes::buffered, 1,
         [=](files& f) {
             for (std::uint64_t n = scaled(8 * mb) / block; n > 0; --n) {
                 f[0].append(block);
                 f[0].sync();
             }
         }},
        {"two files in turns, direct", writes::direct, 2,
         [=](files& f) {
             for (std::uint64_t n = scaled(40 * mb) / (16 * block); n > 0; --n) {
                 f[0].append(16 * block);
                 f[1].append(16 * block);
             }
         }},
    };
}

bool reflink(const std::string& from, const std::string& to) {
    const int source = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
    const int clone = ::open(to.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const bool made = ::ioctl(clone, FICLONE, source) == 0;
    const int error = errno;
    ::close(source);
    ::close(clone);
    if (made || error == EOPNOTSUPP) return made;
    throw std::system_error(error, std::generic_category(), "FICLONE " + to);
}

file_churn::file_churn(const std::string& directory) : process_(::fork()) {
    if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (process_ == 0) churn(directory);
}

file_churn::~file_churn() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

}  // namespace filemap::test
