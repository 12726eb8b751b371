#pragma once

#include "model/units.hpp"

#include <memory>
#include <span>
#include <string>

namespace dirtylog {

/// Identity of a file or device, the same for all its paths.
struct storage_place {
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    friend bool operator==(const storage_place&, const storage_place&) noexcept = default;
};

/**
 * @brief File or device of a log, or leg whose cache is flushed. All calls block.
 * @details Seam for tests: an implementation that loses unsynced writes, as a disk does at a power cut.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 */
class storage {
public:
    virtual ~storage() = default;
    /// Allocates @p size bytes, so that later writes cannot fail for lack of space.
    virtual result<void> reserve(bytes size) = 0;
    /// Reads bytes. Bytes that were never written are zeroes.
    virtual result<void> read(bytes at, std::span<std::byte> into) = 0;
    virtual result<void> write(bytes at, std::span<const std::byte> from) = 0;
    /// Makes all writes durable. After a failure the state of writes since the last sync is unknown.
    virtual result<void> sync() = 0;
    /// MAJOR:MINOR of a block device, which the kernel also holds open. Empty for a file.
    [[nodiscard]] virtual std::string device() const { return {}; }
    /// Returns the identity, independent of the path.
    [[nodiscard]] virtual storage_place place() const = 0;
};

/// Opens a block device or a regular file. A missing file is created.
/// @par Errors  ENOTSUP for any other type. `reserve` returns ENOSPC for a device that is too small.
[[nodiscard]] result<std::unique_ptr<storage>> open_log_storage(const std::string& path);

/// Opens a leg. Nothing on it is read or written.
[[nodiscard]] result<std::unique_ptr<storage>> open_leg(const std::string& path);

}  // namespace dirtylog
