#pragma once

#include "support/process.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace filemap::test {

/**
 * @brief A device-mapper device of its own with a file system, mounted on /mnt/NAME; gone when destroyed.
 * @details For programs that run as root inside User-Mode Linux: it refuses to run on any other kernel.
 */
class scratch_device {
public:
    /// @param size In MiB; xfs needs 300.
    scratch_device(std::string name, const std::string& file_system, unsigned size,
                   const std::vector<std::string>& mkfs_options = {});
    scratch_device(const scratch_device&) = delete;
    scratch_device& operator=(const scratch_device&) = delete;
    ~scratch_device();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Mount point.
    [[nodiscard]] std::string path() const { return "/mnt/" + name_; }
    [[nodiscard]] std::string node() const { return "/dev/mapper/" + name_; }

private:
    std::string name_;
};

/// Does one thing to a file with a descriptor that is closed again at once. Every call throws std::system_error when it
/// fails.
class file_editor {
public:
    explicit file_editor(std::string path) : path_(std::move(path)) {}

    /// Writes a pattern, through the page cache; extends the file if need be.
    void write(std::uint64_t offset, std::uint64_t length) const;
    /// As `write`, then fdatasync.
    void write_and_sync(std::uint64_t offset, std::uint64_t length) const;
    /// @param mode FALLOC_FL_*.
    void allocate(int mode, std::uint64_t offset, std::uint64_t length) const;
    void truncate(std::uint64_t size) const;
    void sync() const;
    /// Reads past the page cache, so that the device is asked: one read for each @p block bytes.
    void read_direct(std::uint64_t offset, std::uint64_t length, std::size_t block = 4096) const;
    /// Likewise writes.
    void write_direct(std::uint64_t offset, std::uint64_t length, std::size_t block = 4096) const;

private:
    std::string path_;
};

/// Sets a file below /proc/sys for as long as this lives.
class kernel_setting {
public:
    kernel_setting(const std::string& name, const std::string& value);
    kernel_setting(const kernel_setting&) = delete;
    kernel_setting& operator=(const kernel_setting&) = delete;
    ~kernel_setting();

private:
    std::string file_;
    std::string before_;
};

}  // namespace filemap::test
