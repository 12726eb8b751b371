// Fails each kernel call of a round in turn, or ends the process there.
#include "unit/filemap/group/group_fixture.hpp"
#include "unit/filemap/print.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cerrno>
#include <set>
#include <tuple>
#include <utility>

namespace filemap::test {
namespace {

struct scenario {
    const char* what;
    /// Ranges of the file at the rounds before the disturbed round, and at that round.
    std::vector<ranges> before;
    ranges after;
    /// Creator of the group: a first round, or dmstats with this user data.
    std::optional<std::string> dmstats_user_data{};
    /// Region 0 belongs to another program until the round.
    bool frees_lowest = false;
    std::size_t max_regions = 0;
    /// True if the round lists the regions at its start.
    bool confirms = true;
};

ranges part_of(const ranges& all, std::size_t first, std::size_t count) {
    return {all.begin() + static_cast<std::ptrdiff_t>(first), all.begin() + static_cast<std::ptrdiff_t>(first + count)};
}

const std::vector<scenario>& scenarios() {
    static const ranges three = spread(3), many = spread(70);
    static const ranges elsewhere = spread(3, 50'000);
    static const ranges cut{at(1000, 4), at(1016, 16), at(5000, 8)};
    static const std::vector<scenario> all{
        {"made from nothing", {}, three},
        {"made from nothing, large", {}, many},
        {"grown", {three}, spread(4)},
        {"grown much", {part_of(many, 0, 3)}, many},
        {"grown, not asked to confirm", {three}, spread(4), {}, false, 0, false},
        {"grown below the leader, not asked to confirm", {three}, spread(4), {}, true, 0, false},
        {"cut at the leader, grown, and moved", {three}, cut},
        {"moved altogether", {three}, elsewhere},
        {"moved below the leader", {three}, elsewhere, {}, true},
        {"one region, moved", {{at(1000, 8)}}, {at(2000, 8)}},
        {"one region, moved below", {{at(1000, 8)}}, {at(2000, 8)}, {}, true},
        {"grown below the leader", {three}, spread(4), {}, true},
        {"the leader goes", {three}, part_of(three, 1, 2)},
        {"dissolved", {three}, {}},
        {"dissolved before, and made again", {three, {}}, three},
        {"joined", {{at(0, 8)}, {at(0, 16)}, {at(0, 24)}, {at(0, 32)}}, {at(0, 40), at(100, 8)}, {}, false, 4},
        {"of dmstats, grown", {three}, spread(4), "-"},
        {"of dmstats, grown much, not asked to confirm", {three}, many, "mine", true, 0, false},
        {"of dmstats, cut and moved", {three}, cut, "-"},
        {"of dmstats, grown below the leader", {three}, spread(4), "-", true},
        {"of dmstats, moved altogether", {three}, elsewhere, "-"},
        {"of dmstats, moved below the leader", {three}, elsewhere, "-", true},
        {"of dmstats, dissolved", {three}, {}, "-"},
        {"of dmstats with user data, cut and moved", {three}, cut, "mine"},
        {"of dmstats with user data, grown below the leader", {three}, spread(4), "mine", true},
        {"of dmstats with user data, the leader goes", {three}, part_of(three, 1, 2), "mine"},
        {"of dmstats with user data, moved altogether", {three}, elsewhere, "mine"},
        {"of dmstats with user data, moved below the leader", {three}, elsewhere, "mine", true},
        {"of dmstats with user data, one region, moved below", {{at(1000, 8)}}, {at(2000, 8)}, "mine", true},
    };
    return all;
}

// Prepares the device for the disturbed round.
void prepare(group_world& world, const scenario& s) {
    const std::uint64_t low = s.frees_lowest ? world.add_stranger(at(0, 8)) : 0;
    world.options.max_regions = s.max_regions;
    if (s.dmstats_user_data) world.add_dmstats_group(s.before.front(), "\"file\"", *s.dmstats_user_data);
    for (const ranges& file : s.before) BOOST_REQUIRE(world.round(file).complete());
    world.add_stranger(at(1 << 20, 8));
    world.add_stranger(at(1 << 21, 8), "DMS_GROUP=\"file\":@#-");
    world.add_stranger(at(1 << 22, 8), "fm-0123456789", "other");
    if (s.frees_lowest) world.remove_stranger(low);
    for (const ranges& file : s.before) world.write(file, 1);
    world.calls = 0;
}

// Returns the regions that this round must not change, and their counts.
std::vector<std::pair<group_region, std::uint64_t>> untouched(const group_world& world, const scenario& s) {
    std::vector<std::pair<group_region, std::uint64_t>> kept;
    if (!world.sync) return kept;
    for (const group_region& m : make_plan(s.after, world.sync->state().regions, world.options).keep)
        kept.emplace_back(m, world.writes_counted(m.id.value()));
    return kept;
}

void check_untouched(const group_world& world, const std::vector<std::pair<group_region, std::uint64_t>>& kept,
                     const ranges& written = {}) {
    for (const auto& [region, writes] : kept) {
        const auto row = world.row(region.id.value());
        BOOST_REQUIRE(row.has_value());
        BOOST_TEST(at(row->start, row->length) == region.range);
        const auto more =
            std::ranges::count_if(written, [range = region.range](const sector_range& r) { return range.contains(r); });
        BOOST_TEST(world.writes_counted(region.id.value()) == writes + static_cast<std::uint64_t>(more));
    }
}

std::uint64_t messages_of(const scenario& s) {
    group_world world;
    prepare(world, s);
    BOOST_TEST(world.round(s.after, s.confirms).complete());
    BOOST_TEST(world.out_of_sync(s.after) == "");
    BOOST_TEST(world.complaints() == "");
    return world.calls;
}

void fail_one(const scenario& s, std::uint64_t k, int error) {
    group_world world;
    prepare(world, s);
    const auto kept = untouched(world, s);
    std::string what;
    world.intrude = [&](std::uint64_t call, std::string_view text) {
        if (call != k) return error_code();
        what = text.substr(0, text.find(' '));
        return error_code(error, boost::system::system_category());
    };
    const std::uint64_t writes = world.writes_counted();
    const sync_report report = world.round(s.after, s.confirms);
    BOOST_TEST(!report.group_removed);
    // If clearing fails, some I/O may count twice.
    const auto &told = what == "@save" ? report.not_stored : report.error,
               &other = what == "@save" ? report.error : report.not_stored;
    BOOST_TEST(!other);
    BOOST_REQUIRE((told || what == "@stats_print_clear"));
    if (told) BOOST_TEST(told->code.value() == error);
    BOOST_TEST(world.writes_counted() == writes);
    world.intrude = nullptr;
    const sync_report mended = world.round(s.after);
    BOOST_TEST(mended.complete());
    BOOST_TEST(mended.missing == 0u);
    BOOST_TEST(world.out_of_sync(s.after) == "");
    BOOST_TEST(world.complaints() == "");
    BOOST_TEST(!world.round(s.after).changed());
    BOOST_TEST(world.writes_counted() == writes);
    check_untouched(world, kept);
}

// Deletes the region of message k as another program would, so that the kernel answers ENOENT.
void lose_one(const scenario& s, std::uint64_t k) {
    group_world world;
    prepare(world, s);
    world.others_at_work = true;
    world.intrude = [&](std::uint64_t call, std::string_view text) -> error_code {
        const auto id = text.find_first_of("0123456789");
        const bool names_region =
            text.starts_with("@stats_set_aux") || text.starts_with("@stats_delete") || text.starts_with("@stats_print");
        if (call == k && names_region) world.delete_region(std::stoull(std::string(text.substr(id))));
        return {};
    };
    sync_report report = world.round(s.after, s.confirms);
    world.intrude = nullptr;
    for (int i = 0; i < 2 && !report.group_removed; ++i) report = world.round(s.after);
    BOOST_TEST(world.complaints() == "");
    if (report.group_removed) {
        // The leader was deleted, so the monitor must delete the regions that were never in the group.
        for (const listed& row : world.rows()) {
            const bool is_left = row.program == "dmstats" && row.aux.starts_with(group_world::owner_tag);
            const bool was_member = std::ranges::any_of(world.sync->state().regions,
                                                        [&](const group_region& m) { return m.id.value() == row.id; });
            BOOST_TEST((!is_left || was_member));
        }
        return;
    }
    BOOST_TEST(report.complete());
    BOOST_TEST(world.out_of_sync(s.after) == "");
}

// Returns a sector of each range that the file has before and after the round.
ranges always_occupied(const scenario& s) {
    ranges all;
    if (s.before.empty()) return all;
    for (const sector_range& r : s.after) {
        const sector_range first{r.start, sectors{1}};
        if (std::ranges::any_of(s.before.back(), [&](const sector_range& b) { return b.contains(first); }))
            all.push_back(first);
    }
    return all;
}

void kill_at(const scenario& s, std::uint64_t k) {
    group_world world;
    prepare(world, s);
    const auto kept = untouched(world, s);
    world.intrude = [&](std::uint64_t call, std::string_view) -> error_code {
        if (call == k) throw killed{};
        return {};
    };
    const std::uint64_t writes = world.writes_counted();
    BOOST_CHECK_THROW(world.round(s.after, s.confirms), killed);
    world.intrude = nullptr;
    world.restart();
    // No monitor runs now, so every covering region counts.
    const ranges written = always_occupied(s);
    world.write(written, 1);
    const sync_report report = world.round(s.after);
    BOOST_TEST(world.complaints() == "");
    if (report.group_removed) {
        // If the monitor has the id of a deleted group, no group and no region is left.
        BOOST_TEST((s.after.empty() && world.initial.id.has_value()));
        BOOST_TEST(world.out_of_sync({}) == "");
        return;
    }
    BOOST_TEST(report.complete());
    BOOST_TEST(world.out_of_sync(s.after) == "");
    BOOST_TEST(!world.round(s.after).changed());
    BOOST_TEST(world.complaints() == "");
    // A region that joins others and more sectors cannot be distinguished from them by its count.
    const bool joins = s.max_regions > 0;
    BOOST_TEST(world.writes_counted() >= writes + written.size());
    BOOST_TEST(world.writes_counted() <= writes + written.size() * (joins ? 2 : 1));
    check_untouched(world, kept, written);
}

// Kills the round as kill_at does; the file has its old ranges again at the restart.
void kill_at_and_change_back(const scenario& s, std::uint64_t k) {
    group_world world;
    prepare(world, s);
    world.intrude = [&](std::uint64_t call, std::string_view) -> error_code {
        if (call == k) throw killed{};
        return {};
    };
    const std::uint64_t writes = world.writes_counted();
    BOOST_CHECK_THROW(world.round(s.after, s.confirms), killed);
    world.intrude = nullptr;
    world.restart();
    const ranges file = s.before.empty() ? ranges{} : s.before.back();
    if (world.round(file).group_removed) return;
    BOOST_TEST(world.out_of_sync(file) == "");
    BOOST_TEST(world.writes_counted() >= writes);
    BOOST_TEST(world.complaints() == "");
}

// @return True if the round was killed, so that it has at least this many messages.
bool is_killed(group_world& world, const ranges& file, std::uint64_t k) {
    world.calls = 0;
    world.intrude = [k](std::uint64_t call, std::string_view) -> error_code {
        if (call == k) throw killed{};
        return {};
    };
    bool was_killed = false;
    try {
        world.round(file);
    } catch (const killed&) {
        was_killed = true;
    }
    world.intrude = nullptr;
    world.restart();
    return was_killed;
}

struct two_changes {
    const char* what;
    ranges first, second;
    std::optional<std::string> dmstats_user_data{};
};

// @return True for each of the first and second round that was killed.
std::pair<bool, bool> kill_twice(const two_changes& changes, std::uint64_t first_kill, std::uint64_t second_kill) {
    group_world world;
    // Frees an id below all others before each round.
    const std::uint64_t lowest = world.add_stranger(at(0, 8)), low = world.add_stranger(at(8, 8));
    if (changes.dmstats_user_data) {
        world.add_dmstats_group(spread(3), "\"file\"", *changes.dmstats_user_data);
    } else {
        BOOST_REQUIRE(world.round(spread(3)).complete());
        world.restart();
    }
    world.remove_stranger(low);
    const bool first = is_killed(world, changes.first, first_kill);
    world.remove_stranger(lowest);
    const bool second = is_killed(world, changes.second, second_kill);
    const sync_report report = world.round(changes.second);
    BOOST_TEST(world.complaints() == "");
    BOOST_TEST(!report.group_removed);
    BOOST_TEST(report.complete());
    BOOST_TEST(world.out_of_sync(changes.second) == "");
    return {first, second};
}

BOOST_AUTO_TEST_SUITE(group_sync_faults_suite)

BOOST_AUTO_TEST_CASE(later_round_repairs_failed_message) {
    for (const scenario& s : scenarios()) {
        const std::uint64_t messages = messages_of(s);
        for (std::uint64_t k = 1; k <= messages; ++k) {
            const int error = k % 2 == 0 ? ENOMEM : EINVAL;
            BOOST_TEST_CONTEXT(s.what << ", message " << k << " of " << messages << " fails with " << error)
            fail_one(s, k, error);
        }
    }
}

BOOST_AUTO_TEST_CASE(region_deleted_before_message_is_gone) {
    for (const scenario& s : scenarios()) {
        const std::uint64_t messages = messages_of(s);
        for (std::uint64_t k = 1; k <= messages; ++k)
            BOOST_TEST_CONTEXT(s.what << ", message " << k << " of " << messages) lose_one(s, k);
    }
}

BOOST_AUTO_TEST_CASE(restart_repairs_kill_before_any_message) {
    for (const scenario& s : scenarios()) {
        const std::uint64_t messages = messages_of(s);
        for (std::uint64_t k = 1; k <= messages; ++k)
            BOOST_TEST_CONTEXT(s.what << ", killed before message " << k << " of " << messages) kill_at(s, k);
    }
}

BOOST_AUTO_TEST_CASE(two_kills_during_leader_change_recover) {
    const ranges three = spread(3), four = spread(4), elsewhere = spread(3, 50'000), moved_again = spread(3, 90'000);
    for (const std::optional<std::string>& user_data :
         {std::optional<std::string>{}, std::optional<std::string>{"-"}, std::optional<std::string>{"mine"}}) {
        const two_changes all[]{
            {"grown, then moved altogether", four, elsewhere, user_data},
            {"moved altogether twice", elsewhere, moved_again, user_data},
            {"cut at the leader, then grown", part_of(three, 1, 2), four, user_data},
            {"cut at the leader, then moved", part_of(three, 1, 2), elsewhere, user_data},
        };
        for (const two_changes& changes : all) {
            bool first = true;
            for (std::uint64_t k = 1; first; ++k) {
                bool second = true;
                for (std::uint64_t l = 1; second; ++l) {
                    BOOST_TEST_CONTEXT(changes.what << ", user data " << user_data.value_or("none")
                                                    << ", killed before " << k << " and " << l)
                    std::tie(first, second) = kill_twice(changes, k, l);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(kill_then_reverted_file_keeps_counts) {
    for (const scenario& s : scenarios()) {
        const std::uint64_t messages = messages_of(s);
        for (std::uint64_t k = 1; k <= messages; ++k)
            BOOST_TEST_CONTEXT(s.what << ", killed before message " << k << " of " << messages)
        kill_at_and_change_back(s, k);
    }
}

BOOST_AUTO_TEST_CASE(restart_finds_group_after_leader_change) {
    for (const scenario& s : scenarios()) {
        BOOST_TEST_CONTEXT(s.what) {
            group_world world;
            prepare(world, s);
            const std::uint64_t writes = world.writes_counted();
            BOOST_TEST(world.round(s.after, s.confirms).complete());
            BOOST_TEST(world.writes_counted() == writes);
            world.restart();
            const sync_report report = world.round(s.after);
            BOOST_TEST(!report.changed());
            BOOST_TEST(report.group_removed == (s.after.empty() && world.initial.id.has_value()));
            BOOST_TEST(world.out_of_sync(s.after) == "");
            BOOST_TEST(world.complaints() == "");
            if (!report.group_removed) BOOST_TEST(world.writes_counted() == writes);
        }
    }
}

// Writes, at any moment of the round, to sectors that the file has before and after it.
BOOST_AUTO_TEST_CASE(write_during_round_is_counted) {
    const sector_range written = at(1016, 1);
    for (const scenario& s : scenarios()) {
        const auto is_occupied = [&](const ranges& file) {
            return std::ranges::any_of(file, [&](const sector_range& r) { return r.contains(written); });
        };
        if (s.before.empty() || !is_occupied(s.before.back()) || !is_occupied(s.after)) continue;
        const std::uint64_t messages = messages_of(s);
        std::uint64_t twice = 0;
        for (std::uint64_t k = 1; k <= messages; ++k) {
            BOOST_TEST_CONTEXT(s.what << ", write before message " << k << " of " << messages) {
                group_world world;
                prepare(world, s);
                const std::uint64_t writes = world.writes_counted();
                world.intrude = [&](std::uint64_t call, std::string_view) -> error_code {
                    if (call == k) world.write({written}, 1);
                    return {};
                };
                BOOST_TEST(world.round(s.after, s.confirms).complete());
                BOOST_TEST(world.writes_counted() >= writes + 1);
                BOOST_TEST(world.writes_counted() <= writes + 2);
                twice += world.writes_counted() - writes - 1;
            }
        }
        BOOST_TEST(twice <= 1u, s.what);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
