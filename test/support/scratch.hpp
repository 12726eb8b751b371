#pragma once

#include "support/process.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace filemap::test {

/**
 * @brief A device-mapper device with a file system, mounted on /mnt/NAME. The destructor removes it.
 * @details For programs that run as root inside User-Mode Linux. Throws on any other kernel.
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

/// Changes a file. Each call opens and closes its own descriptor, and throws std::system_error on failure.
class file_editor {
public:
    explicit file_editor(std::string path) : path_(std::move(path)) {}

    /// Writes a pattern, through the page cache; extends the file if need be.
    void write(std::uint64_t offset, std::uint64_t length) const;
    /// Calls `write`, then fdatasync.
    void write_and_sync(std::uint64_t offset, std::uint64_t length) const;
    /// @param mode FALLOC_FL_*.
    void allocate(int mode, std::uint64_t offset, std::uint64_t length) const;
    void truncate(std::uint64_t size) const;
    void sync() const;
    /// Reads with O_DIRECT, one request for each @p block bytes.
    void read_direct(std::uint64_t offset, std::uint64_t length, std::size_t block = 4096) const;
    /// Writes with O_DIRECT, one request for each @p block bytes.
    void write_direct(std::uint64_t offset, std::uint64_t length, std::size_t block = 4096) const;

private:
    std::string path_;
};

/// Sets a file below /proc/sys, and restores it in the destructor.
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
