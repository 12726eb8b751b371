#pragma once

#include <filemap/error.hpp>
#include <filemap/logger.hpp>
#include <filemap/units.hpp>

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dirtylog {

using filemap::bytes;
using filemap::error_code;
using filemap::failure;
using filemap::log_level;
using filemap::logger;
using filemap::result;
using filemap::sector_range;
using filemap::sectors;

/// A region of a mirror, counted from 0.
using region = filemap::identifier<struct region_tag>;
using region_count = filemap::quantity<struct region_count_tag>;
/// What the kernel finds the waiting request of an answer by.
using sequence = filemap::identifier<struct sequence_tag>;
/// The kernel's address of a log: unique among the logs that are alive in this boot, and given again later.
using log_luid = filemap::identifier<struct log_luid_tag>;

/// A text of at most Most bytes, kept in place.
template <std::size_t Most>
class short_text {
public:
    static constexpr std::size_t capacity = Most;

    short_text() noexcept = default;
    /// nullopt if it is too long or holds a NUL.
    [[nodiscard]] static std::optional<short_text> make(std::string_view text) noexcept {
        if (text.size() > Most || text.find('\0') != std::string_view::npos) return std::nullopt;
        short_text made;
        std::ranges::copy(text, made.text_.begin());
        made.size_ = text.size();
        return made;
    }

    /// Of bytes that were found in a file.
    [[nodiscard]] bool is_sane() const noexcept { return size_ <= Most; }
    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }
    [[nodiscard]] std::string str() const { return std::string(view()); }
    friend bool operator==(const short_text& a, const short_text& b) noexcept { return a.view() == b.view(); }

private:
    std::array<char, Most> text_{};
    std::size_t size_ = 0;
};

/// What the table's line calls the log. Two logs of one name are one mirror's: the old table's and the new one's.
using log_uuid = short_text<128>;
/// Of this boot, as `/proc/sys/kernel/random/boot_id` has it.
using boot_id = short_text<36>;

/// What the kernel tells logs apart by.
struct log_key {
    log_uuid uuid;
    log_luid luid;

    friend bool operator==(const log_key&, const log_key&) noexcept = default;
};

/// How a device is cut into regions, the last of which may be short.
struct geometry {
    sectors length;
    sectors region_size;

    [[nodiscard]] region_count regions() const noexcept {
        return region_count{length.count() / region_size.count() + (length.count() % region_size.count() != 0)};
    }
    [[nodiscard]] bool has(region which) const noexcept { return which.value() < regions().count(); }
    friend bool operator==(const geometry&, const geometry&) noexcept = default;
};

[[nodiscard]] inline failure errno_failure(int error, std::string context) {
    return {error_code(error, boost::system::system_category()), std::move(context)};
}

}  // namespace dirtylog
