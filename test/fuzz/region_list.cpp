// An answer to @stats_list, and the group that is found in it.
//
// Input: three lines (the program that was asked for, the mark and the id of the group that is looked for) and the
// answer.

#include "fuzz/plan_check.hpp"
#include "fuzz/target.hpp"
#include "group/group_lookup.hpp"

#include <filemap/dm/region_list.hpp>
#include <filemap/fs/extent_map.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <string>

namespace filemap::test {
namespace {

/// A kernel that answers every message alike.
class one_answer final : public dm::kernel {
public:
    explicit one_answer(std::string_view answer) : answer_(answer) {}
    result<std::string> message(device_id, std::string_view, std::size_t) override { return answer_; }

private:
    std::string answer_;
};

/// Walks over the answer, which must be nothing but the rows, one behind the other.
class row_reader {
public:
    explicit row_reader(std::string_view text) : rest_(text) {}

    void pass(const dm::region_row& row) {
        if (!is_first_) pass("\n");
        is_first_ = false;
        pass(std::to_string(row.id.value()) + ": " + to_string(row.range) + ' ' + std::to_string(row.step.count()) +
             ' ');
        pass_view(row.program_id);
        // An unknown program may end with its line.
        if (row.aux.data() != rest_.data()) pass(" ");
        pass_view(row.aux);
        if (row.precise_timestamps) pass(" precise_timestamps");
        if (row.histogram.empty()) return;
        pass(" histogram:");
        pass_view(row.histogram);
    }

    [[nodiscard]] bool is_at_end() const { return rest_.empty() || rest_ == "\n"; }

private:
    void pass(std::string_view expected) {
        require(rest_.starts_with(expected), "rows are what the answer says");
        rest_.remove_prefix(expected.size());
    }
    void pass_view(std::string_view view) {
        require(view.data() == rest_.data() && view.size() <= rest_.size(), "views lie where the row stands");
        rest_.remove_prefix(view.size());
    }

    std::string_view rest_;
    bool is_first_ = true;
};

void check_find(const dm::region_list& list) {
    std::uint64_t next = 0;
    for (const dm::region_row& row : list.rows()) {
        require(row.id.value() >= next, "rows ascend by id");
        if (row.id.value() > next) require(!list.find(region_id{next}), "what is not listed is not found");
        next = row.id.value() + 1;
        const auto found = list.find(row.id);
        require(found && found->range == row.range && found->aux.data() == row.aux.data(), "each row is found");
    }
    require(!list.find(region_id{next}), "what is not listed is not found");
}

void check_members(const std::vector<group_region>& members, const dm::region_list& list) {
    require(std::ranges::is_sorted(members, std::less_equal<>{}, &group_region::id), "regions ascend by id");
    for (const group_region& m : members) {
        const auto row = list.find(m.id);
        require(row && row->range == m.range, "regions of a group are listed");
    }
}

bool holds(const std::vector<group_region>& members, region_id id) {
    return std::ranges::binary_search(members, id, {}, &group_region::id);
}

void check_view(const group_view& view, const dm::region_list& list, const group_state& known) {
    check_members(view.regions, list);
    check_members(view.unlisted_regions, list);
    for (const group_region& m : view.unlisted_regions)
        require(!holds(view.regions, m.id), "an unlisted region is in no group");
    for (const region_id id : view.tagged)
        require((holds(view.regions, id) || holds(view.unlisted_regions, id)) && list.find(id)->aux == known.owner_tag,
                "tagged regions have the owner tag");
    if (known.owner_tag.empty())
        require(view.tagged.empty() && view.unlisted_regions.empty(), "without an owner tag nothing is tagged");
    require(view.id || (view.regions.empty() && view.stale_leaders.empty()), "regions are of a group");
    if (!view.id) return;
    const auto row = list.find(leader_of(*view.id));
    require(row.has_value(), "a leader is listed");
    const auto descriptor = dm::group_descriptor::parse(row->aux);
    require(descriptor && descriptor->alias_part == view.alias_part, "a leader has the descriptor");
    for (const region_id id : view.stale_leaders) require(id > row->id, "the leader is the lowest");
}

/// Sectors that make for every kind of change: of each three rows one as it is, one by half, and one not at all.
std::vector<sector_range> sectors_from(const dm::region_list& list) {
    std::vector<sector_range> ranges;
    for (std::size_t i = 0; i < list.rows().size(); ++i) {
        sector_range range = list.rows()[i].range;
        if (i % 3 == 1) range.length = sectors{range.length.count() / 2};
        if (i % 3 != 2) ranges.push_back(range);
    }
    return fs::join_ranges(std::move(ranges));
}

void check_group(const group_index& groups, group_state known) {
    const dm::region_list& list = groups.list();
    const std::vector<sector_range> sectors_of_file = sectors_from(list);
    const group_view found = view_group(groups, known);
    check_view(found, list, known);
    check_plans(sectors_of_file, found.regions);
    if (!found.id) return;

    known.id = found.id;
    known.alias_part = found.alias_part;
    known.regions = found.regions;
    const group_view again = view_group(groups, known);
    check_view(again, list, known);
    require(again.id.has_value(), "a group that was found is found again");

    // Some have changed hands meanwhile.
    for (std::size_t i = 0; i < known.regions.size(); i += 2) known.regions[i].range.length += sectors{1};
    check_view(view_group(groups, known), list, known);
}

void check_find_group(std::string_view answer, group_id id) {
    one_answer kernel(answer);
    dm::statistics device(kernel, device_id(254, 0));
    const auto found = find_group(device, id);
    if (found) require(found->id == id && found->regions.empty(), "the group is the one that was named");
}

void check(std::string_view input) {
    const std::string program(take_until(input, '\n'));
    group_state known;
    known.owner_tag = take_until(input, '\n');
    const std::string_view number = take_until(input, '\n');
    std::uint64_t id = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), id).ec == std::errc{}) known.id = group_id{id};

    std::string answer;
    // More than a string object holds, so that the text stays where it is.
    answer.reserve(input.size() + 64);
    answer = input;
    const std::string_view text(answer.data(), answer.size());
    auto list = dm::region_list::parse(std::move(answer), program);
    check_find_group(input, known.id.value_or(group_id{0}));
    if (!list) {
        require(list.error().code == errc::answer_malformed, "an answer is well or malformed");
        return;
    }
    require(list->text_size() == input.size(), "all of the answer is kept");
    row_reader reader(text);
    for (const dm::region_row& row : list->rows()) {
        require(row.range.length.count() > 0 && row.range.end() > row.range.start && row.step.count() > 0,
                "a region is not empty");
        require(program.empty() || row.program_id == program, "rows are the program's");
        reader.pass(row);
    }
    require(reader.is_at_end(), "no text is left out");
    check_find(*list);
    check_group(group_index(std::move(*list)), known);
}

}  // namespace
}  // namespace filemap::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    filemap::test::check(filemap::test::as_text(data, size));
    return 0;
}
