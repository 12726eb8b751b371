#include <filemap/group.hpp>

#include <algorithm>
#include <limits>

namespace filemap {
namespace {

constexpr std::string_view descriptor_prefix = "DMS_GROUP=";
constexpr std::string_view mark_prefix = "fm-";
// Short, for the mark is listed with every region: 50 bits.
constexpr std::string_view mark_digits = "0123456789abcdefghijkmnpqrstuvwx";
constexpr std::size_t mark_length = mark_prefix.size() + 10;

struct leader {
    dm::region_row row;
    dm::group_descriptor descriptor;
};

// Readers take a descriptor for valid only in the lowest region that it lists.
bool leads(const dm::region_row& row, const dm::group_descriptor& descriptor) {
    return descriptor.contains(row.id) && std::none_of(descriptor.members.begin(), descriptor.members.end(),
                                                       [&](const dm::id_run& run) { return run.first < row.id; });
}

std::optional<dm::group_descriptor> descriptor_of(const dm::region_row& row) {
    if (!row.aux.starts_with(descriptor_prefix)) return std::nullopt;
    auto descriptor = dm::group_descriptor::parse(row.aux);
    if (descriptor && !leads(row, *descriptor)) descriptor.reset();
    return descriptor;
}

const member* find_member(const std::vector<member>& members, region_id id) {
    const auto found = std::lower_bound(members.begin(), members.end(), id,
                                        [](const member& m, region_id wanted) { return m.id < wanted; });
    return found != members.end() && found->id == id ? &*found : nullptr;
}

// Without a mark, nothing bears it; aux_data that is read as empty can be made by anyone.
bool bears_mark(const dm::region_row& row, const group_state& known) {
    return !known.mark.empty() && row.aux == known.mark;
}

// The number is given out again at once when a region is deleted, so it is ours only while the range is the one we
// know.
bool is_somebody_elses(const dm::region_row& row, const group_state& known) {
    if (bears_mark(row, known)) return false;
    const member* remembered = find_member(known.members, row.id);
    return remembered && remembered->range != row.range;
}

// A region of ours that leads a group of our name: another program has moved the descriptor.
bool is_remembered(const leader& l, const group_state& known) {
    const member* remembered = find_member(known.members, l.row.id);
    return remembered && remembered->range == l.row.range && l.descriptor.alias_part == known.alias_part;
}

// Two groups share no region, so a descriptor that lists another's leader is of the same group: the leader was being
// changed.
bool are_one_group(const leader& a, const leader& b) {
    return a.descriptor.alias_part == b.descriptor.alias_part &&
           (a.descriptor.contains(b.row.id) || b.descriptor.contains(a.row.id));
}

// The valid descriptors of a list, and which of them are of the group that is looked for.
class leader_search {
public:
    leader_search(const dm::region_list& list, const group_state& known) : known_(known) {
        for (const dm::region_row& row : list.rows()) {
            if (auto descriptor = descriptor_of(row)) all_.push_back({row, std::move(*descriptor)});
            if (bears_mark(row, known)) marked_.push_back(row.id);
        }
        ours_.resize(all_.size());
        claim([this](const leader& l) { return has_mark(l); });
        const bool is_restart = known.members.empty();
        // The id that a restart is given may be another group's by now.
        if (!found_ || !is_restart) {
            claim([&](const leader& l) { return known.id && l.row.id == leader_of(*known.id); });
            claim([&](const leader& l) { return is_remembered(l, known); });
        }
        // Or nobody's, while the group's own user data stands where the mark could.
        if (!found_ && is_restart && known.id) claim([this](const leader& l) { return lists_marked(l); });
        const std::vector<leader> certain = ours();
        claim([&](const leader& l) {
            return std::any_of(certain.begin(), certain.end(), [&](const leader& c) { return are_one_group(c, l); });
        });
    }

    [[nodiscard]] std::vector<leader> ours() const {
        std::vector<leader> found;
        for (std::size_t i = 0; i < all_.size(); ++i)
            if (ours_[i]) found.push_back(all_[i]);
        return found;
    }

    [[nodiscard]] std::vector<region_id> others() const {
        std::vector<region_id> found;
        for (std::size_t i = 0; i < all_.size(); ++i)
            if (!ours_[i]) found.push_back(all_[i].row.id);
        return found;
    }

    [[nodiscard]] std::vector<region_id> usurped() const {
        std::vector<region_id> found;
        for (std::size_t i = 0; i < all_.size(); ++i)
            if (!ours_[i] && has_mark(all_[i])) found.push_back(all_[i].row.id);
        return found;
    }

private:
    template <class Rule>
    void claim(Rule is_ours) {
        for (std::size_t i = 0; i < all_.size(); ++i) {
            if (ours_[i] || is_somebody_elses(all_[i].row, known_) || !is_ours(all_[i])) continue;
            ours_[i] = true;
            found_ = true;
        }
    }

    [[nodiscard]] bool has_mark(const leader& l) const {
        return !known_.mark.empty() && l.descriptor.user_data == known_.mark;
    }

    [[nodiscard]] bool lists_marked(const leader& l) const {
        return std::any_of(marked_.begin(), marked_.end(), [&](region_id id) { return l.descriptor.contains(id); });
    }

    const group_state& known_;
    std::vector<leader> all_;
    std::vector<bool> ours_;
    std::vector<region_id> marked_;
    bool found_ = false;
};

std::vector<dm::id_run> ascending_runs(const std::vector<leader>& leaders) {
    std::vector<dm::id_run> runs;
    for (const leader& l : leaders) runs.insert(runs.end(), l.descriptor.members.begin(), l.descriptor.members.end());
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
        // There is no greater id.
        if (run.last.value() == std::numeric_limits<std::uint64_t>::max()) break;
        next = run.last.value() + 1;
    }
    return count;
}

}  // namespace

group_view view_group(const dm::region_list& list, const group_state& known) {
    group_view view;
    const leader_search leaders(list, known);
    const std::vector<leader> ours = leaders.ours();
    const std::vector<region_id> leaders_of_others = leaders.others();
    view.usurped = leaders.usurped();
    if (!ours.empty()) {
        const leader& first = ours.front();
        view.id = group_led_by(first.row.id);
        view.alias_part = first.descriptor.alias_part;
        view.user_data = first.descriptor.user_data;
        view.counting = {first.row.precise_timestamps, std::string(first.row.histogram)};
        for (std::size_t i = 1; i < ours.size(); ++i) view.superseded.push_back(ours[i].row.id);
    }

    const std::vector<dm::id_run> runs = ascending_runs(ours);
    auto run = runs.begin();
    view.members.reserve(list.rows().size());
    for (const dm::region_row& row : list.rows()) {
        while (run != runs.end() && run->last < row.id) ++run;
        const bool listed = run != runs.end() && run->first <= row.id;
        const bool is_marked = bears_mark(row, known);
        const bool leads_another = std::binary_search(leaders_of_others.begin(), leaders_of_others.end(), row.id);
        if (listed && !leads_another && is_somebody_elses(row, known)) {
            view.taken.push_back(row.id);
            continue;
        }
        if (listed && !leads_another) {
            view.members.push_back({row.id, row.range});
        } else if (!listed && is_marked) {
            view.orphans.push_back({row.id, row.range});
        } else {
            continue;
        }
        if (is_marked) view.marked.push_back(row.id);
    }
    view.lost = count_ids(runs) - view.members.size();
    return view;
}

std::string mark_of(const monitor_config& config, const fs::file_identity& file) {
    // FNV-1a, as it must come out the same in every build.
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

    std::string mark{mark_prefix};
    while (mark.size() < mark_length) {
        mark += mark_digits[hash >> 59];
        hash <<= 5;
    }
    return mark;
}

bool is_mark(std::string_view user_data) noexcept {
    return user_data.size() == mark_length && user_data.starts_with(mark_prefix) &&
           user_data.find_first_not_of(mark_digits, mark_prefix.size()) == std::string_view::npos;
}

result<group_state> find_group(dm::statistics& device, group_id id, std::string_view mark) {
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
        auto descriptor = descriptor_of(row);
        if (descriptor && !mark.empty() && descriptor->user_data == mark) return state_of(row, std::move(*descriptor));
    }
    const std::string context = "group " + std::to_string(id.value()) + " on device " + to_string(device.device());
    const auto row = list->find(leader_of(id));
    if (!row) return failure{errc::group_not_found, context};
    auto descriptor = descriptor_of(*row);
    if (!descriptor) return failure{errc::not_a_group, context};
    return state_of(*row, std::move(*descriptor));
}

}  // namespace filemap
