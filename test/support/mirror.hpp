#pragma once

#include "support/process.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace filemap::test {

/// Loads the modules of mirrors and makes /dev/ram0 to /dev/ram5 of @p mebibytes each, once per process. Refuses on
/// any kernel but User-Mode Linux.
void make_mirrors_possible(unsigned mebibytes = 64);

/// A device-mapper device with a table of one line, removed in the destructor.
class mapped_device {
public:
    mapped_device(std::string name, const std::string& table);
    mapped_device(const mapped_device&) = delete;
    mapped_device& operator=(const mapped_device&) = delete;
    ~mapped_device();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::string node() const { return "/dev/mapper/" + name_; }
    /// Suspends, loads @p table and resumes.
    void replace(const std::string& table) const;
    void load(const std::string& table) const;
    void suspend() const;
    void resume() const;
    void remove();

private:
    std::string name_;
};

/// Size in sectors.
[[nodiscard]] std::uint64_t size_of_device(const std::string& node);
/// MAJOR:MINOR.
[[nodiscard]] std::string number_of_device(const std::string& node);
/// Table that maps a whole device. The mapped device counts writes, which a RAM disk does not.
[[nodiscard]] std::string whole(const std::string& device);
/// Table of a device on which all I/O fails.
[[nodiscard]] std::string broken(const std::string& device);
/// Table that delays each write to a whole device.
[[nodiscard]] std::string slow_writes(const std::string& device, milliseconds each);

/// Parameters of a mirror's table.
struct mirror_shape {
    std::uint64_t length = 32 * 1024;
    std::uint64_t region = 128;
    std::vector<std::string> legs;
    /// "core" or "disk FILE".
    std::string log = "core";
    /// After the region size.
    std::string options;
    std::string uuid = "m";
    bool integrated = false;
    bool handle_errors = false;
    /// A log of the kernel's own.
    bool in_kernel = false;

    [[nodiscard]] std::string table() const;
    [[nodiscard]] std::uint64_t regions() const { return (length + region - 1) / region; }
};

struct mirror_status {
    std::uint64_t in_sync = 0;
    std::uint64_t regions = 0;
    /// A letter for each leg.
    std::string health;
    /// Status of the log.
    std::string log;
};
/// Parses a line of `dmsetup status`.
[[nodiscard]] mirror_status read_status(const std::string& line);
[[nodiscard]] mirror_status status_of(const std::string& name);
[[nodiscard]] bool comes_in_sync(const std::string& name, milliseconds bound = seconds{60});

/// Regions in which two devices differ, read with O_DIRECT.
[[nodiscard]] std::vector<std::uint64_t> differing_regions(const std::string& one, const std::string& other,
                                                           const mirror_shape& shape);
/// Sectors written to a device since its creation.
[[nodiscard]] std::uint64_t sectors_written(const std::string& node);
/// Fills the start of a device with bytes from a seed, with O_DIRECT.
void fill_device(const std::string& node, std::uint64_t sectors, unsigned seed);

}  // namespace filemap::test
