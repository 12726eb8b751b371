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

/// Number of a mirror's region, from 0.
using region = filemap::identifier<struct region_tag>;
using region_count = filemap::quantity<struct region_count_tag>;
/// Sequence number by which the kernel matches an answer to its request.
using sequence = filemap::identifier<struct sequence_tag>;
/// The kernel's address of a log. Unique among the live logs of a boot, and reused later.
using log_luid = filemap::identifier<struct log_luid_tag>;

/// Text of at most Most bytes, stored in place.
template <std::size_t Most>
class short_text {
public:
    static constexpr std::size_t capacity = Most;

    short_text() noexcept = default;
    /// nullopt: longer than Most bytes, or contains a NUL.
    [[nodiscard]] static std::optional<short_text> make(std::string_view text) noexcept {
        if (text.size() > Most || text.find('\0') != std::string_view::npos) return std::nullopt;
        short_text made;
        std::ranges::copy(text, made.text_.begin());
        made.size_ = text.size();
        return made;
    }

    /// Returns false if the bytes came from a file and the size is out of range.
    [[nodiscard]] bool is_sane() const noexcept { return size_ <= Most; }
    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }
    [[nodiscard]] std::string str() const { return std::string(view()); }
    friend bool operator==(const short_text& a, const short_text& b) noexcept { return a.view() == b.view(); }

private:
    std::array<char, Most> text_{};
    std::size_t size_ = 0;
};

/// Name of a log in the table line. Two logs of one name belong to one mirror: its old and its new table.
using log_uuid = short_text<128>;
/// Identifier of a boot, as in `/proc/sys/kernel/random/boot_id`.
using boot_id = short_text<36>;

/// Key by which the kernel distinguishes logs.
struct log_key {
    log_uuid uuid;
    log_luid luid;

    friend bool operator==(const log_key&, const log_key&) noexcept = default;
};

/// Division of a device into regions. The last region may be short.
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
