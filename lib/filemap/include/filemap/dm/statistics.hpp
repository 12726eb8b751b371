#pragma once

#include <filemap/dm/counters.hpp>
#include <filemap/dm/kernel.hpp>
#include <filemap/dm/region_list.hpp>
#include <filemap/export.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::dm {

/// Program id of the regions of `dmstats`.
inline constexpr std::string_view dmstats_program_id = "dmstats";

/// Counting options of the regions of a group.
struct counting_options {
    bool precise_timestamps = false;
    /// Upper bounds of the latency histogram's bins, "N1,N2,...": strictly increasing, in milliseconds, or in
    /// nanoseconds with precise timestamps. Empty: no histogram.
    std::string histogram{};

    friend bool operator==(const counting_options&, const counting_options&) = default;
};

/// Parameters of a new region.
struct region_spec {
    sector_range range;
    /// Length of an area; default: the whole range.
    std::optional<sectors> step{};
    std::string program_id{dmstats_program_id};
    /// aux_data; "-" for none.
    std::string aux = "-";
    counting_options options{};
};

/**
 * @brief Typed statistics messages of one device.
 * @details Each call sends one message, repeated if the buffer is too small. No state is kept.
 *
 * @par Blocking       All calls block; `create` uninterruptibly, until all I/O in flight on the device is done.
 * @par Errors         ENXIO if the device does not exist; ENOENT if the region does not exist; `create`: ENOMEM at the
 * kernel's limit on memory for statistics, EINVAL and EOVERFLOW for an invalid range; `errc::answer_malformed`.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe.
 * @par Source         Linux `Documentation/admin-guide/device-mapper/statistics.rst`.
 */
class FILEMAP_API statistics {
public:
    statistics(kernel& with, device_id of) noexcept : kernel_(&with), device_(of) {}

    [[nodiscard]] device_id device() const noexcept { return device_; }

    /// Sends `@stats_create`. @return The lowest free number.
    [[nodiscard]] result<region_id> create(const region_spec& spec);
    /// Sends `@stats_delete`.
    [[nodiscard]] result<void> remove(region_id region);
    /// Sends `@stats_clear`.
    [[nodiscard]] result<void> clear(region_id region);
    /// Sends `@stats_list`.
    /// @param program_id Lists only this program's regions; empty: of all programs.
    /// @param expected   Expected bytes of the answer (`region_list::text_size`); a good estimate saves calls.
    [[nodiscard]] result<region_list> list(std::string_view program_id, std::size_t expected = 0);
    /// Sends `@stats_print`: reads the counters of every area.
    [[nodiscard]] result<std::vector<area_counters>> print(region_id region);
    /// Sends `@stats_print_clear`: as `print`, and subtracts exactly the returned counts.
    [[nodiscard]] result<std::vector<area_counters>> print_clear(region_id region);
    /// Sends `@stats_set_aux`. @pre @p aux is not empty and holds no NUL.
    [[nodiscard]] result<void> set_aux(region_id region, std::string_view aux);

    /// Calls `kernel::claim` and `kernel::release` for this device.
    [[nodiscard]] result<void> claim(group_id group) { return kernel_->claim(device_, group); }
    void release(group_id group) noexcept { kernel_->release(device_, group); }

private:
    [[nodiscard]] result<std::string> send(std::string_view text, std::size_t answer_size = 0);

    kernel* kernel_;
    device_id device_;
};

}  // namespace filemap::dm
