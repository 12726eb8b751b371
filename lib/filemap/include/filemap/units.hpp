#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include <sys/sysmacros.h>
#include <sys/types.h>

namespace filemap {

/// Count whose type does not mix with counts of other units. `Tag` is never defined.
template <class Tag>
class quantity {
public:
    constexpr quantity() noexcept = default;
    constexpr explicit quantity(std::uint64_t count) noexcept : count_(count) {}

    [[nodiscard]] constexpr std::uint64_t count() const noexcept { return count_; }

    constexpr quantity& operator+=(quantity other) noexcept { return count_ += other.count_, *this; }
    constexpr quantity& operator-=(quantity other) noexcept { return count_ -= other.count_, *this; }
    friend constexpr quantity operator+(quantity a, quantity b) noexcept { return a += b; }
    friend constexpr quantity operator-(quantity a, quantity b) noexcept { return a -= b; }
    friend constexpr auto operator<=>(quantity, quantity) noexcept = default;

private:
    std::uint64_t count_ = 0;
};

/// Units of 512 bytes: offsets and lengths on a device, as dm-stats counts them.
using sectors = quantity<struct sectors_tag>;
/// Bytes: offsets and lengths in a file or on a device.
using bytes = quantity<struct bytes_tag>;

inline constexpr std::uint64_t sector_size = 512;

[[nodiscard]] constexpr bytes to_bytes(sectors n) noexcept {
    return bytes{n.count() * sector_size};
}

/// Returns the sectors that lie wholly before the offset @p n (rounds down).
[[nodiscard]] constexpr sectors to_sectors(bytes n) noexcept {
    return sectors{n.count() / sector_size};
}

/// A half-open run of sectors on a device, [start, start + length).
struct sector_range {
    sectors start;
    sectors length;

    [[nodiscard]] constexpr sectors end() const noexcept { return start + length; }
    [[nodiscard]] constexpr bool contains(sector_range other) const noexcept {
        return start <= other.start && other.end() <= end();
    }
    friend constexpr auto operator<=>(const sector_range&, const sector_range&) noexcept = default;
};

/// Returns "START+LENGTH", in sectors, as dm-stats writes it.
[[nodiscard]] inline std::string to_string(sector_range range) {
    return std::to_string(range.start.count()) + '+' + std::to_string(range.length.count());
}

/// Number that identifies an object of one kind. `Tag` is never defined.
template <class Tag>
class identifier {
public:
    constexpr identifier() noexcept = default;
    constexpr explicit identifier(std::uint64_t value) noexcept : value_(value) {}
    [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }
    friend constexpr auto operator<=>(identifier, identifier) noexcept = default;

private:
    std::uint64_t value_ = 0;
};

/// Region of one device, as dm-stats numbers it. The kernel assigns the lowest free number, shared by all programs.
using region_id = identifier<struct region_id_tag>;
/// A group of regions of one device, identified by its leader, which is its lowest region.
using group_id = identifier<struct group_id_tag>;

[[nodiscard]] constexpr group_id group_led_by(region_id leader) noexcept {
    return group_id{leader.value()};
}
[[nodiscard]] constexpr region_id leader_of(group_id group) noexcept {
    return region_id{group.value()};
}

/// A block device, identified by its number.
struct device_id {
    unsigned major = 0;
    unsigned minor = 0;

    constexpr device_id() noexcept = default;
    constexpr device_id(unsigned major_number, unsigned minor_number) noexcept
        : major{major_number}, minor{minor_number} {}
    explicit device_id(dev_t number) noexcept : major{gnu_dev_major(number)}, minor{gnu_dev_minor(number)} {}

    [[nodiscard]] dev_t number() const noexcept { return gnu_dev_makedev(major, minor); }
    friend constexpr auto operator<=>(const device_id&, const device_id&) noexcept = default;
};

/// Returns "MAJOR:MINOR".
[[nodiscard]] inline std::string to_string(device_id device) {
    return std::to_string(device.major) + ':' + std::to_string(device.minor);
}

}  // namespace filemap
