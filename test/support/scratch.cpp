#include "support/scratch.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace filemap::test {
namespace {

class opened_file {
public:
    opened_file(const std::string& path, int flags)
        : path_(path), file_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
        check(file_ >= 0, "open");
    }
    opened_file(const opened_file&) = delete;
    opened_file& operator=(const opened_file&) = delete;
    ~opened_file() { ::close(file_); }

    [[nodiscard]] int get() const { return file_; }

    void check(bool holds, const char* what) const {
        if (!holds) throw std::system_error(errno, std::generic_category(), what + (' ' + path_));
    }

    void write(std::uint64_t offset, std::uint64_t length) const {
        const std::string data(std::min<std::uint64_t>(length, 1 << 20), 'x');
        while (length > 0) {
            const std::size_t now = std::min<std::uint64_t>(length, data.size());
            check(::pwrite(file_, data.data(), now, static_cast<off_t>(offset)) == static_cast<ssize_t>(now), "write");
            offset += now;
            length -= now;
        }
    }

    void sync() const { check(::fdatasync(file_) == 0, "fdatasync"); }

private:
    std::string path_;
    int file_;
};

/// Throws unless the kernel is User-Mode Linux, which /proc/cpuinfo names. Protects the disks of a real machine.
void refuse_other_kernels() {
    std::ifstream processors("/proc/cpuinfo");
    for (std::string line; std::getline(processors, line);)
        if (line.starts_with("vendor_id") && line.ends_with("User Mode Linux")) return;
    throw std::runtime_error("this test runs inside User-Mode Linux only (test/uml/uml-run)");
}

std::string first_line_of(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line)) throw std::runtime_error("cannot read " + path);
    return line;
}

void write_line(const std::string& path, const std::string& line) {
    std::ofstream file(path);
    if (!(file << line << std::flush)) throw std::runtime_error("cannot write " + path);
}

/// Allocates a buffer aligned for O_DIRECT.
std::unique_ptr<void, decltype(&std::free)> aligned_buffer(std::size_t size) {
    std::unique_ptr<void, decltype(&std::free)> buffer(std::aligned_alloc(4096, size), &std::free);
    std::memset(buffer.get(), 'd', size);
    return buffer;
}

}  // namespace

scratch_device::scratch_device(std::string name, const std::string& file_system, unsigned size,
                               const std::vector<std::string>& mkfs_options)
    : name_(std::move(name)) {
    refuse_other_kernels();
    std::vector<std::string> command{FILEMAP_DM_SCRATCH, name_, file_system, std::to_string(size)};
    command.insert(command.end(), mkfs_options.begin(), mkfs_options.end());
    run_or_throw(command, seconds{60});
}

scratch_device::~scratch_device() {
    // Errors are ignored: the rest ends with the kernel.
    const std::string image = "/run/img/" + name_;
    const program_result loop = run_program({"losetup", "-n", "-O", "NAME", "-j", image});
    (void)run_program({"umount", path()});
    (void)run_program({"dmsetup", "remove", name_});
    if (loop.status == 0 && !loop.out.empty())
        (void)run_program({"losetup", "-d", loop.out.substr(0, loop.out.find('\n'))});
    std::error_code ignored;
    std::filesystem::remove(image, ignored);
}

void file_editor::write(std::uint64_t offset, std::uint64_t length) const {
    opened_file(path_, O_WRONLY | O_CREAT).write(offset, length);
}

void file_editor::write_and_sync(std::uint64_t offset, std::uint64_t length) const {
    const opened_file file(path_, O_WRONLY | O_CREAT);
    file.write(offset, length);
    file.sync();
}

void file_editor::allocate(int mode, std::uint64_t offset, std::uint64_t length) const {
    const opened_file file(path_, O_RDWR | O_CREAT);
    file.check(::fallocate(file.get(), mode, static_cast<off_t>(offset), static_cast<off_t>(length)) == 0, "fallocate");
}

void file_editor::truncate(std::uint64_t size) const {
    const opened_file file(path_, O_WRONLY | O_CREAT);
    file.check(::ftruncate(file.get(), static_cast<off_t>(size)) == 0, "ftruncate");
}

void file_editor::sync() const {
    opened_file(path_, O_RDONLY).sync();
}

void file_editor::read_direct(std::uint64_t offset, std::uint64_t length, std::size_t block) const {
    const opened_file file(path_, O_RDONLY | O_DIRECT);
    const auto buffer = aligned_buffer(block);
    for (const std::uint64_t end = offset + length; offset < end; offset += block)
        file.check(::pread(file.get(), buffer.get(), block, static_cast<off_t>(offset)) > 0, "read");
}

void file_editor::write_direct(std::uint64_t offset, std::uint64_t length, std::size_t block) const {
    const opened_file file(path_, O_WRONLY | O_DIRECT);
    const auto buffer = aligned_buffer(block);
    for (const std::uint64_t end = offset + length; offset < end; offset += block)
        file.check(::pwrite(file.get(), buffer.get(), block, static_cast<off_t>(offset)) > 0, "write");
}

kernel_setting::kernel_setting(const std::string& name, const std::string& value)
    : file_("/proc/sys/" + name), before_(first_line_of(file_)) {
    write_line(file_, value);
}

kernel_setting::~kernel_setting() {
    std::ofstream(file_) << before_;
}

}  // namespace filemap::test
