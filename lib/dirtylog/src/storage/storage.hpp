#pragma once

#include "model/units.hpp"

#include <memory>
#include <span>
#include <string>

namespace dirtylog {

/// What two paths of one file, or of one device, have in common.
struct storage_place {
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    friend bool operator==(const storage_place&, const storage_place&) noexcept = default;
};

/**
 * @brief Where a log is kept, or a leg whose cache is flushed. All calls block.
 * @details The seam for tests: one that forgets, as a disk does at a power cut, what was not synced.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class storage {
public:
    virtual ~storage() = default;
    /// Makes room for so many bytes, which stays whatever else fills the file system.
    virtual result<void> reserve(bytes size) = 0;
    /// Where nothing was written yet are zeroes.
    virtual result<void> read(bytes at, std::span<std::byte> into) = 0;
    virtual result<void> write(bytes at, std::span<const std::byte> from) = 0;
    /// What was written stays. After a failure nothing is known of what was written since the last one.
    virtual result<void> sync() = 0;
    /// MAJOR:MINOR of a block device, which the kernel holds open beside us; empty for a file.
    [[nodiscard]] virtual std::string device() const { return {}; }
    /// By whatever path it was opened.
    [[nodiscard]] virtual storage_place place() const = 0;
};

/// A regular file, which is made if it is not there, or a block device.
/// @par Errors  ENOTSUP for what is neither. `reserve` says ENOSPC of a device that is too small.
[[nodiscard]] result<std::unique_ptr<storage>> open_log_storage(const std::string& path);

/// A block device, of which nothing is read or written.
[[nodiscard]] result<std::unique_ptr<storage>> open_leg(const std::string& path);

}  // namespace dirtylog
