// Answers to FIEMAP, true and lying, and the plan for what they say.
//
// Input: for each call a byte `how` (see `fake_file::how`), a count if the answer lies, and the extents, 28 bytes each:
// offset, address and length in 64 bits, flags in 32, as the machine has them.

#include "fuzz/plan_check.hpp"
#include "fuzz/target.hpp"

#include <filemap/fs/extent_map.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <vector>

#include <linux/fiemap.h>

namespace filemap::test {
namespace {

/// Enough for some pages.
constexpr std::size_t most = 10'000;
/// More regions than these make a plan no harder.
constexpr std::size_t max_regions = 40;

class input {
public:
    explicit input(std::string_view text) : rest_(text) {}
    [[nodiscard]] bool is_empty() const { return rest_.empty(); }

    /// 0 in each byte that is not there.
    template <class Number>
    Number take() {
        Number number{};
        const std::size_t size = std::min(rest_.size(), sizeof number);
        if (size > 0) std::memcpy(&number, rest_.data(), size);
        rest_.remove_prefix(size);
        return number;
    }

private:
    std::string_view rest_;
};

class fake_file {
public:
    explicit fake_file(std::string_view text) : input_(text) {}

    int answer(::fiemap& request) {
        check_request(request);
        // When the input is used up, the last answer is repeated: a list that never ends.
        if (!input_.is_empty()) how_ = input_.take<std::uint8_t>();
        if ((how_ & fails) != 0) return how_ & spelled_out;
        listed_.clear();
        for (int i = 0; i < (how_ & spelled_out) && !input_.is_empty(); ++i) listed_.push_back(take_extent());
        if ((how_ & fills_page) != 0) fill(request.fm_extent_count);
        if ((how_ & is_last) != 0 && !listed_.empty()) listed_.back().fe_flags |= FIEMAP_EXTENT_LAST;
        std::ranges::copy(listed_, request.fm_extents);
        given_.insert(given_.end(), listed_.begin(), listed_.end());
        if (!listed_.empty()) last_ = listed_.back();
        request.fm_mapped_extents = static_cast<std::uint32_t>(listed_.size());
        if ((how_ & lies) != 0)
            request.fm_mapped_extents = request.fm_extent_count + 1 + input_.take<std::uint32_t>() / 2;
        has_lied_ = (how_ & lies) != 0;
        return 0;
    }

    [[nodiscard]] const std::vector<::fiemap_extent>& given() const { return given_; }
    [[nodiscard]] bool has_lied() const { return has_lied_; }

private:
    /// How an answer is: extents that the input spells out, and what is done with them.
    enum how : std::uint8_t { spelled_out = 0x0f, fills_page = 0x10, lies = 0x20, is_last = 0x40, fails = 0x80 };

    void check_request(const ::fiemap& request) {
        require(request.fm_flags == 0, "nothing is written back");
        require(request.fm_start + request.fm_length == FIEMAP_MAX_OFFSET, "all that is left is asked for");
        require(request.fm_extent_count > 0, "there is room");
        require(!called_ || request.fm_start > start_, "each call asks for later extents");
        require(given_.size() <= most, "what does not end is ended");
        called_ = true;
        start_ = request.fm_start;
    }

    ::fiemap_extent take_extent() {
        ::fiemap_extent e{};
        e.fe_logical = input_.take<std::uint64_t>();
        e.fe_physical = input_.take<std::uint64_t>();
        e.fe_length = input_.take<std::uint64_t>();
        e.fe_flags = input_.take<std::uint32_t>();
        return e;
    }

    /// By extents that continue the last one in the file, and leave a gap on the device.
    void fill(std::size_t size) {
        ::fiemap_extent next = listed_.empty() ? last_ : listed_.back();
        while (listed_.size() < size) {
            next.fe_logical += next.fe_length;
            next.fe_physical += 2 * next.fe_length;
            listed_.push_back(next);
        }
    }

    input input_;
    std::uint8_t how_ = 0;
    bool called_ = false;
    bool has_lied_ = false;
    std::uint64_t start_ = 0;
    ::fiemap_extent last_{};
    std::vector<::fiemap_extent> listed_;
    std::vector<::fiemap_extent> given_;
};

std::vector<fs::extent> as_extents(const std::vector<::fiemap_extent>& given) {
    std::vector<fs::extent> extents;
    for (const ::fiemap_extent& e : given)
        extents.push_back({bytes{e.fe_logical}, bytes{e.fe_physical}, bytes{e.fe_length}, e.fe_flags});
    return extents;
}

void check_map(const fs::extent_map& map, const std::vector<fs::extent>& given) {
    check_ascending(map.ranges);
    sectors sum;
    for (const sector_range& range : map.ranges) {
        require(range.start.count() > 0, "no data has address 0");
        require(range.end() <= to_sectors(bytes{std::numeric_limits<std::uint64_t>::max()}), "64 bits address all");
        sum += range.length;
    }
    require(map.shared <= sum, "what is shared is mapped");
    require(map.extents == given.size(), "each extent is counted");
    const auto mapped = static_cast<std::size_t>(
        std::ranges::count_if(given, [](const fs::extent& e) { return e.length.count() > 0; }));
    require(map.unaddressable.size() + map.ranges.size() <= mapped, "nothing is made up");
    for (const fs::unaddressable_extent& e : map.unaddressable)
        require(e.length.count() > 0 && !fs::describe(e.reason).empty(), "what has no address is told");
    const fs::extent_map made = fs::make_extent_map(given);
    require(made.ranges == map.ranges && made.shared == map.shared &&
                made.unaddressable.size() == map.unaddressable.size() &&
                made.awaits_allocation() == map.awaits_allocation(),
            "a map is made of what was listed");
}

/// Regions of a group that covers some of the extents.
std::vector<group_region> regions_from(const std::vector<fs::extent>& given) {
    std::vector<group_region> regions;
    for (std::size_t i = 0; i < given.size() && regions.size() < max_regions; i += 2) {
        const sector_range range{to_sectors(given[i].physical), to_sectors(given[i].length)};
        if (range.length.count() > 0) regions.push_back({region_id{i}, range});
    }
    return regions;
}

void check(std::string_view text) {
    fake_file file(text);
    const auto map = fs::read_extent_map([&file](::fiemap& request) { return file.answer(request); }, 0, most);
    if (!map) return;
    require(!file.has_lied(), "a lie is no map");
    const std::vector<fs::extent> given = as_extents(file.given());
    check_map(*map, given);
    const std::span all(map->ranges);
    check_plans(all.first(std::min(all.size(), max_regions)), regions_from(given));
}

}  // namespace
}  // namespace filemap::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    filemap::test::check(filemap::test::as_text(data, size));
    return 0;
}
