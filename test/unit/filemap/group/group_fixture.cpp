#include "unit/filemap/group/group_fixture.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>

namespace filemap::test {
namespace {

// Takes a number and the text up to the next word.
std::uint64_t take_number(std::string_view& text) {
    std::uint64_t number = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
    text.remove_prefix(
        std::min(text.size(), text.find_first_not_of(": +", static_cast<std::size_t>(end - text.data()))));
    return number;
}

std::vector<std::uint64_t> members_from(const std::string& list) {
    std::vector<std::uint64_t> members;
    std::istringstream items(list);
    for (std::string item; std::getline(items, item, ',');) {
        const std::uint64_t first = std::stoull(item);
        const auto dash = item.find('-');
        const std::uint64_t last = dash == std::string::npos ? first : std::stoull(item.substr(dash + 1));
        for (std::uint64_t id = first; id <= last; ++id) members.push_back(id);
    }
    return members;
}

described describe_group(const listed& row) {
    described group{.leader = row.id};
    const std::string text = row.aux.substr(std::string("DMS_GROUP=").size());
    // Aliases of these tests hold no colon.
    const auto colon = text.find(':');
    const auto hash = text.find('#', colon);
    group.alias_part = text.substr(0, colon);
    group.members = members_from(text.substr(colon + 1, hash - colon - 1));
    group.user_data = text.substr(hash + 1, text.find(' ', hash) - hash - 1);
    return group;
}

template <class T>
T must(result<T> outcome) {
    if (!outcome) throw std::runtime_error(outcome.error().text());
    if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

}  // namespace

ranges spread(std::size_t count, std::uint64_t first, std::uint64_t gap) {
    ranges all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(at(first + i * (8 + gap), 8));
    return all;
}

group_world::group_world() {
    kernel.add_device(device, sectors{1 << 24});
    initial.alias_part = "\"file\"";
    initial.owner_tag = owner_tag;
    store = std::make_shared<remembering_store>([this] { return before("@save"); });
    kernel.before_each_message([this](std::uint64_t, device_id, std::string_view text) { return before(text); });
}

error_code group_world::before(std::string_view text) {
    if (!in_round_) return {};
    ++calls;
    // Messages of the test are not messages of the round.
    in_round_ = false;
    const struct going_on {
        bool& in_round;
        ~going_on() { in_round = true; }
    } go_on{in_round_};
    if (calls % check_each == 0 || text.starts_with("@stats_set_aux")) check_readable();
    return intrude ? intrude(calls, text) : error_code();
}

std::uint64_t group_world::add_stranger(sector_range range, std::string aux, std::string program) {
    dm::region_spec spec{.range = range, .program_id = std::move(program)};
    const std::uint64_t id = must(unwatched().create(spec)).value();
    if (aux.starts_with("DMS_GROUP=")) {
        if (const auto self = aux.find('@'); self != std::string::npos) aux.replace(self, 1, std::to_string(id));
    }
    must(unwatched().set_aux(region_id{id}, aux));
    strangers_[id] = {id, range.start.count(), range.length.count(), std::move(spec.program_id), std::move(aux)};
    return id;
}

void group_world::remove_stranger(std::uint64_t id) {
    strangers_.erase(id);
    must(unwatched().remove(region_id{id}));
}

void group_world::add_dmstats_group(const ranges& of, const std::string& alias_part, const std::string& user_data) {
    dm::group_descriptor descriptor{.alias_part = alias_part, .members = {}, .user_data = user_data};
    std::vector<region_id> ids;
    for (const sector_range& range : of) ids.push_back(must(unwatched().create({.range = range})));
    for (const region_id id : ids) dm::append(descriptor.members, id);
    must(unwatched().set_aux(ids.front(), descriptor.format()));
    initial.id = group_led_by(ids.front());
    initial.alias_part = alias_part;
}

void group_world::delete_region(std::uint64_t id) {
    must(unwatched().remove(region_id{id}));
}

sync_report group_world::round(const ranges& file, bool confirm) {
    return carry_out([&] { sync->begin(file, confirm); });
}

sync_report group_world::round(const fs::extent_map& map, bool first) {
    return carry_out([&] {
        sync->observe_growth(map, first);
        sync->begin(map.ranges, first);
    });
}

sync_report group_world::carry_out(const std::function<void()>& begin) {
    {
        const struct leaving {
            bool& in_round;
            ~leaving() { in_round = false; }
        } leave{in_round_};
        in_round_ = true;
        if (!sync) {
            sync.emplace(unwatched(), initial, options, store);
            if (configured) sync->configure(*configured);
        }
        begin();
        // Performs one step at a time, as if each took long.
        while (!sync->advance(std::chrono::nanoseconds{0}, stop_requested)) {
        }
    }
    check_readable();
    return sync->report();
}

std::vector<listed> group_world::rows() const {
    const std::string text = must(kernel.message(device, "@stats_list"));
    std::vector<listed> all;
    for (std::string_view rest = text; !rest.empty();) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(line.size() + 1);
        listed row{.row_length = line.size()};
        row.id = take_number(line);
        row.start = take_number(line);
        row.length = take_number(line);
        take_number(line);
        row.program = line.substr(0, line.find(' '));
        row.aux = line.substr(row.program.size() + 1);
        all.push_back(std::move(row));
    }
    return all;
}

std::optional<listed> group_world::row(std::uint64_t id) const {
    for (const listed& each : rows())
        if (each.id == id) return each;
    return std::nullopt;
}

bool group_world::is_stranger(const listed& row) const {
    const auto found = strangers_.find(row.id);
    return row.program != initial.program_id ||
           (found != strangers_.end() && found->second.start == row.start && found->second.length == row.length);
}

std::vector<described> group_world::groups() const {
    std::vector<described> all;
    for (const listed& each : rows())
        if (each.is_leader() && !is_stranger(each)) all.push_back(describe_group(each));
    return all;
}

void group_world::complain(const std::string& what) {
    std::string text = "before message " + std::to_string(calls) + ": " + what + "\n";
    if (problems_.size() > 20) return;
    for (const listed& each : rows())
        text += "  " + std::to_string(each.id) + ": " + std::to_string(each.start) + "+" + std::to_string(each.length) +
                " " + each.program + " " + each.aux.substr(0, 100) + "\n";
    problems_.push_back(std::move(text));
}

// Checks the conditions that other programs rely on at any moment.
void group_world::check_readable() {
    const std::vector<listed> all = rows();
    const auto exists = [&](std::uint64_t id) {
        return std::binary_search(all.begin(), all.end(), listed{.id = id},
                                  [](const listed& a, const listed& b) { return a.id < b.id; });
    };
    std::vector<bool> is_member(all.empty() ? 0 : all.back().id + 1);
    std::size_t leaders = 0;
    for (const listed& each : all) {
        if (each.row_length > 4000) complain("a row is too long");
        if (!each.is_leader() || is_stranger(each)) continue;
        const described group = describe_group(each);
        ++leaders;
        if (group.members.empty() || group.members.front() != each.id) complain("a leader is not its lowest member");
        if (!std::ranges::is_sorted(group.members, std::less_equal{})) complain("members are not in ascending order");
        if (group.alias_part != initial.alias_part && !(configured && group.alias_part == configured->alias_part))
            complain("the alias differs");
        for (const std::uint64_t id : group.members) {
            if (id < is_member.size()) is_member[id] = true;
            if (!exists(id) && !others_at_work) complain("a member is not there");
        }
    }
    if (leaders > 2) complain("more than two leaders");
    for (const listed& each : all) {
        // Regions created by dmstats stay when another program deletes the leader.
        const bool is_freed = others_at_work && each.aux.starts_with("-");
        if (!is_stranger(each) && !is_member[each.id] && !each.aux.starts_with(initial.owner_tag) && !is_freed)
            complain("region " + std::to_string(each.id) + " is in no group and has no owner tag");
    }
    for (const auto& [id, stranger] : strangers_) {
        const auto now = std::ranges::find(all, id, &listed::id);
        if (now == all.end() || now->start != stranger.start || now->length != stranger.length ||
            (now->aux != stranger.aux && !others_at_work))
            complain("the stranger's region " + std::to_string(id) + " was changed");
    }
}

std::string group_world::out_of_sync(const ranges& file) const {
    const std::vector<described> found = groups();
    if (file.empty() != found.empty() || found.size() > 1) return std::to_string(found.size()) + " groups";
    std::vector<listed> ours;
    for (const listed& each : rows())
        if (!is_stranger(each)) ours.push_back(each);
    if (file.empty()) return ours.empty() ? "" : std::to_string(ours.size()) + " regions are left over";
    if (ours.size() != found.front().members.size()) return "the group has not all of the regions";
    for (std::size_t i = 0; i < ours.size(); ++i)
        if (ours[i].id != found.front().members[i]) return "the group has not all of the regions";

    std::ranges::sort(ours, {}, &listed::start);
    ranges covered;
    for (const listed& each : ours) {
        const sector_range range = at(each.start, each.length);
        if (covered.empty() || covered.back().end() < range.start) {
            covered.push_back(range);
        } else if (covered.back().end() == range.start) {
            covered.back().length += range.length;
        } else {
            return "region " + std::to_string(each.id) + " overlaps another";
        }
    }
    return covered == file ? "" : "what the regions cover is not the file";
}

std::string group_world::complaints() const {
    std::string text;
    for (const std::string& problem : problems_) text += problem;
    return text;
}

void group_world::write(const ranges& where, std::uint64_t length) {
    for (const sector_range& range : where)
        kernel.complete_io(device, dm::io_direction::write, {range.start, sectors{length}}, 5'000'000);
}

std::uint64_t group_world::writes_counted(std::uint64_t id) const {
    std::uint64_t writes = 0;
    for (const dm::area_counters& area : must(unwatched().print(region_id{id}))) writes += area.counted.writes;
    return writes;
}

std::uint64_t group_world::writes_counted() const {
    std::uint64_t writes = sync ? sync->carried().writes : 0;
    for (const listed& each : rows())
        if (!is_stranger(each)) writes += writes_counted(each.id);
    return writes;
}

}  // namespace filemap::test
