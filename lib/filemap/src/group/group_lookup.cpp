#include "group/group_lookup.hpp"

#include <algorithm>
#include <limits>

namespace filemap {
namespace {

constexpr std::string_view tag_prefix = "fm-";
// Short (50 bits), because every row of a list includes it.
constexpr std::string_view tag_digits = "0123456789abcdefghijkmnpqrstuvwx";
constexpr std::size_t tag_length = tag_prefix.size() + 10;

const group_region* find_member(const std::vector<group_region>& members, region_id id) {
    const auto found = std::lower_bound(members.begin(), members.end(), id,
                                        [](const group_region& m, region_id wanted) { return m.id < wanted; });
    return found != members.end() && found->id == id ? &*found : nullptr;
}

// An empty tag matches nothing, because any program can write empty aux_data.
bool has_owner_tag(const dm::region_row& row, const group_state& known) {
    return !known.owner_tag.empty() && row.aux == known.owner_tag;
}

// The kernel reuses the id of a deleted region at once, so a region is ours only if both id and range match.
bool has_reused_id(const dm::region_row& row, const group_state& known) {
    if (has_owner_tag(row, known)) return false;
    const group_region* remembered = find_member(known.regions, row.id);
    return remembered && remembered->range != row.range;
}

// Returns true for one of our regions that leads a group of our name: another program has moved the descriptor.
bool is_remembered(const group_leader& l, const group_state& known) {
    const group_region* remembered = find_member(known.regions, l.row.id);
    return remembered && remembered->range == l.row.range && l.descriptor.alias_part == known.alias_part;
}

// Two groups share no region. A descriptor that lists another leader belongs to the same group, whose leader was being
// changed.
bool are_one_group(const group_leader& a, const group_leader& b) {
    return a.descriptor.alias_part == b.descriptor.alias_part &&
           (a.descriptor.contains(b.row.id) || b.descriptor.contains(a.row.id));
}

// Leaders of the wanted group in a list.
class leader_search {
public:
    leader_search(const group_index& groups, const group_state& known) : groups_(groups), known_(known) {
        const group_index::positions of_our_alias = groups.leaders_of_alias(known.alias_part);
        for (const std::uint32_t i : with_our_tag()) claim(groups.leaders()[i]);
        const bool is_restart = known.regions.empty();
        // After a restart, the configured id may belong to another group.
        if (ours_.empty() || !is_restart) {
            const group_leader* named = known.id ? groups.leader(leader_of(*known.id)) : nullptr;
            if (named) claim(*named);
            for (const std::uint32_t i : of_our_alias) {
                if (is_remembered(groups.leaders()[i], known)) claim(groups.leaders()[i]);
            }
        }
        // No leader has the tag while the group's own user data is in its place.
        if (ours_.empty() && is_restart && known.id) claim_those_listing_tagged();
        claim_stale_leaders();
    }

    /// Returns our leaders, ascending by id.
    [[nodiscard]] const std::vector<const group_leader*>& ours() const noexcept { return ours_; }

    [[nodiscard]] bool leads_another(region_id id) const {
        const group_leader* leader = groups_.leader(id);
        return leader && !is_ours(*leader);
    }

    [[nodiscard]] std::vector<region_id> foreign_descriptors() const {
        std::vector<region_id> found;
        for (const std::uint32_t i : with_our_tag()) {
            const group_leader& leader = groups_.leaders()[i];
            if (!is_ours(leader)) found.push_back(leader.row.id);
        }
        return found;
    }

private:
    [[nodiscard]] group_index::positions with_our_tag() const {
        return known_.owner_tag.empty() ? group_index::positions{} : groups_.leaders_of_user_data(known_.owner_tag);
    }

    [[nodiscard]] bool is_ours(const group_leader& leader) const { return std::ranges::binary_search(ours_, &leader); }

    void claim(const group_leader& leader) {
        if (has_reused_id(leader.row, known_)) return;
        // `ours_` ascends by id, and so by address.
        const auto at = std::ranges::lower_bound(ours_, &leader);
        if (at == ours_.end() || *at != &leader) ours_.insert(at, &leader);
    }

    void claim_those_listing_tagged() {
        const group_index::positions marked = groups_.rows_of_aux(known_.owner_tag);
        for (const group_leader& leader : groups_.leaders()) {
            const auto lists = [&](std::uint32_t i) { return leader.descriptor.contains(groups_.list().rows()[i].id); };
            if (std::ranges::any_of(marked, lists)) claim(leader);
        }
    }

    void claim_stale_leaders() {
        for (const group_leader* certain : std::vector(ours_)) {
            for (const std::uint32_t i : groups_.leaders_of_alias(certain->descriptor.alias_part)) {
                if (are_one_group(*certain, groups_.leaders()[i])) claim(groups_.leaders()[i]);
            }
        }
    }

    const group_index& groups_;
    const group_state& known_;
    std::vector<const group_leader*> ours_;
};

std::vector<dm::id_run> ascending_runs(const std::vector<const group_leader*>& leaders) {
    std::vector<dm::id_run> runs;
    for (const group_leader* l : leaders)
        runs.insert(runs.end(), l->descriptor.members.begin(), l->descriptor.members.end());
    std::sort(runs.begin(), runs.end(), [](const dm::id_run& a, const dm::id_run& b) { return a.first < b.first; });
    return runs;
}

std::size_t count_ids(const std::vector<dm::id_run>& ascending) {
    std::uint64_t count = 0, next = 0;
    for (const dm::id_run& run : ascending) {
        const std::uint64_t first = std::max(run.first.value(), next);
        if (run.last.value() < first) continue;
        const std::uint64_t more = run.last.value() - first;
        if (more >= std::numeric_limits<std::uint64_t>::max() - count - 1)
            return std::numeric_limits<std::size_t>::max();
        count += more + 1;
        // No greater id exists.
        if (run.last.value() == std::numeric_limits<std::uint64_t>::max()) break;
        next = run.last.value() + 1;
    }
    return count;
}

void add_tagged(group_view& view, const group_index& groups, const std::vector<dm::id_run>& ascending,
                const std::string& owner_tag) {
    auto run = ascending.begin();
    for (const std::uint32_t i : groups.rows_of_aux(owner_tag)) {
        const dm::region_row row = groups.list().rows()[i];
        while (run != ascending.end() && run->last < row.id) ++run;
        const bool listed = run != ascending.end() && run->first <= row.id;
        if (!listed) view.unlisted_regions.push_back({row.id, row.range});
        view.tagged.push_back(row.id);
    }
}

}  // namespace

group_view view_group(const group_index& groups, const group_state& known) {
    group_view view;
    const leader_search leaders(groups, known);
    view.foreign_descriptors = leaders.foreign_descriptors();
    if (!leaders.ours().empty()) {
        const group_leader& first = *leaders.ours().front();
        view.id = group_led_by(first.row.id);
        view.alias_part = first.descriptor.alias_part;
        view.user_data = first.descriptor.user_data;
        view.counting = {first.row.precise_timestamps, std::string(first.row.histogram)};
        for (std::size_t i = 1; i < leaders.ours().size(); ++i) view.stale_leaders.push_back(leaders.ours()[i]->row.id);
    }

    const std::vector<dm::id_run> runs = ascending_runs(leaders.ours());
    const auto rows = groups.list().rows();
    std::size_t next = 0;
    for (const dm::id_run& run : runs) {
        for (next = std::max(next, groups.list().first_from(run.first)); next < rows.size(); ++next) {
            const dm::region_row row = rows[next];
            if (row.id > run.last) break;
            if (leaders.leads_another(row.id)) continue;
            if (has_reused_id(row, known)) {
                view.reused_ids.push_back(row.id);
            } else {
                view.regions.push_back({row.id, row.range});
            }
        }
    }
    view.missing = count_ids(runs) - view.regions.size();
    if (!known.owner_tag.empty()) add_tagged(view, groups, runs, known.owner_tag);
    return view;
}

std::string owner_tag_of(const monitor_config& config, const fs::file_identity& file) {
    // FNV-1a, because every build must return the same tag.
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&hash](std::string_view text) {
        for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        hash = (hash ^ 0xff) * 0x100000001b3;
    };
    if (config.follow == fs::follow_mode::path) {
        add("path");
        add(config.path);
    } else {
        add("inode");
        add(std::to_string(file.inode));
        add(file.handle);
    }
    add(config.group ? std::to_string(config.group->value()) : "new");

    std::string owner_tag{tag_prefix};
    while (owner_tag.size() < tag_length) {
        owner_tag += tag_digits[hash >> 59];
        hash <<= 5;
    }
    return owner_tag;
}

std::string other_program_of(const group_index& all, const std::string& owner_tag, const std::string& own) {
    for (const std::uint32_t i : all.leaders_of_user_data(owner_tag)) {
        if (const auto& row = all.leaders()[i].row; row.program_id != own) return std::string(row.program_id);
    }
    for (const std::uint32_t i : all.rows_of_aux(owner_tag)) {
        if (const auto row = all.list().rows()[i]; row.program_id != own) return std::string(row.program_id);
    }
    return own;
}

bool is_owner_tag(std::string_view user_data) noexcept {
    return user_data.size() == tag_length && user_data.starts_with(tag_prefix) &&
           user_data.find_first_not_of(tag_digits, tag_prefix.size()) == std::string_view::npos;
}

result<group_state> find_group(dm::statistics& device, group_id id, std::string_view owner_tag) {
    const auto list = device.list({});
    if (!list) return list.error();
    const auto state_of = [](const dm::region_row& row, dm::group_descriptor descriptor) {
        group_state found;
        found.id = group_led_by(row.id);
        found.program_id = row.program_id;
        found.alias_part = std::move(descriptor.alias_part);
        found.user_data = std::move(descriptor.user_data);
        found.counting = {row.precise_timestamps, std::string(row.histogram)};
        return found;
    };
    for (const dm::region_row& row : list->rows()) {
        auto descriptor = leading_descriptor(row);
        if (descriptor && !owner_tag.empty() && descriptor->user_data == owner_tag)
            return state_of(row, std::move(*descriptor));
    }
    const std::string context = "group " + std::to_string(id.value()) + " on device " + to_string(device.device());
    const auto row = list->find(leader_of(id));
    if (!row) return failure{errc::group_not_found, context};
    auto descriptor = leading_descriptor(*row);
    if (!descriptor) return failure{errc::not_a_group, context};
    return state_of(*row, std::move(*descriptor));
}

}  // namespace filemap
