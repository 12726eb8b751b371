#include "protocol/log_arguments.hpp"
#include "storage/journal.hpp"

#include <boost/crc.hpp>

#include <cstring>

namespace dirtylog {
namespace {

constexpr std::array<char, 8> magic{'d', 'm', 'd', 'l', 'o', 'g', '\n', '\x1a'};
constexpr std::uint32_t format_version = 1;

struct stored_checkpoint {
    std::uint64_t epoch;
    char name[32];
};
struct stored_header {
    std::array<char, 8> magic;
    std::uint32_t checksum;
    std::uint32_t version;
    std::uint64_t incarnation;
    std::uint64_t generation;
    std::uint64_t length;
    std::uint64_t region_size;
    std::uint64_t epoch;
    char uuid[128];
    char none[40];
    stored_checkpoint checkpoints[layout::checkpoints];
    std::uint64_t unused;
};
static_assert(sizeof(stored_header) == layout::block_size);

struct stored_block {
    std::uint32_t checksum;
    std::uint32_t slot;
    std::uint64_t group;
    std::uint64_t incarnation;
    std::uint64_t epoch;
    std::array<std::uint64_t, layout::group_words> first;
    std::array<std::uint64_t, layout::group_words> second;
};
static_assert(sizeof(stored_block) == layout::block_size);

template <class Stored>
std::uint32_t checksum_of(Stored stored) noexcept {
    stored.checksum = 0;
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
    crc.process_bytes(&stored, sizeof stored);
    return crc.checksum();
}

template <class Stored>
block sealed(Stored stored) noexcept {
    stored.checksum = checksum_of(stored);
    block made;
    std::memcpy(made.data(), &stored, sizeof stored);
    return made;
}

template <class Stored>
Stored opened(const block& from) noexcept {
    Stored stored;
    std::memcpy(&stored, from.data(), sizeof stored);
    return stored;
}

template <std::size_t N>
void put(char (&where)[N], std::string_view text) noexcept {
    std::ranges::copy(text, where);
}

template <class Text, std::size_t N>
Text take(const char (&from)[N]) noexcept {
    return Text::make(std::string_view(from, ::strnlen(from, N))).value_or(Text());
}

}  // namespace

block make_block(const block_place& place, std::uint64_t epoch, std::span<const std::uint64_t> first,
                 std::span<const std::uint64_t> second) noexcept {
    stored_block stored{};
    stored.slot = place.slot;
    stored.group = place.group;
    stored.incarnation = place.incarnation;
    stored.epoch = epoch;
    std::ranges::copy(first, stored.first.begin());
    std::ranges::copy(second, stored.second.begin());
    return sealed(stored);
}

std::optional<block_words> read_block(const block& from, const block_place& place) noexcept {
    const auto stored = opened<stored_block>(from);
    if (stored.checksum != checksum_of(stored) || stored.slot != place.slot || stored.group != place.group ||
        stored.incarnation != place.incarnation)
        return std::nullopt;
    return block_words{stored.epoch, stored.first, stored.second};
}

block make_header(const journal_header& header) noexcept {
    stored_header stored{};
    stored.magic = magic;
    stored.version = format_version;
    stored.incarnation = header.incarnation;
    stored.generation = header.generation;
    stored.length = header.shape.length.count();
    stored.region_size = header.shape.region_size.count();
    stored.epoch = header.epoch;
    put(stored.uuid, header.uuid.view());
    for (std::size_t i = 0; i < layout::checkpoints; ++i) {
        stored.checkpoints[i].epoch = header.checkpoints[i].epoch;
        put(stored.checkpoints[i].name, header.checkpoints[i].name.view());
    }
    return sealed(stored);
}

std::optional<journal_header> read_header(const block& from) noexcept {
    const auto stored = opened<stored_header>(from);
    if (stored.magic != magic || stored.checksum != checksum_of(stored) || stored.version != format_version ||
        stored.region_size == 0)
        return std::nullopt;
    journal_header header;
    header.uuid = take<log_uuid>(stored.uuid);
    header.shape = {sectors{stored.length}, sectors{stored.region_size}};
    if (header.shape.regions() > max_regions) return std::nullopt;
    header.incarnation = stored.incarnation;
    header.generation = stored.generation;
    header.epoch = stored.epoch;
    for (std::size_t i = 0; i < layout::checkpoints; ++i)
        header.checkpoints[i] = {take<checkpoint_name>(stored.checkpoints[i].name), stored.checkpoints[i].epoch};
    return header;
}

bool begins_as_header(const block& from) noexcept {
    // A power cut leaves a prefix of the magic, followed by zeroes.
    const auto stored = opened<stored_header>(from);
    std::size_t same = 0;
    while (same < magic.size() && stored.magic[same] == magic[same]) ++same;
    return same > 0 && std::all_of(stored.magic.begin() + static_cast<std::ptrdiff_t>(same), stored.magic.end(),
                                   [](char c) { return c == '\0'; });
}

}  // namespace dirtylog
