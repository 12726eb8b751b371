// Other programs that change our group or reuse the ids of our regions.

#include "kernel/situation.hpp"

#include <algorithm>
#include <sstream>

#include <linux/falloc.h>
#include <sys/wait.h>

namespace filemap::test {
namespace {

constexpr int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

/// Makes a file of three regions.
void make_in_pieces(situation& at) {
    const file_editor file(at.path);
    file.write_and_sync(0, 2 * MiB);
    file.allocate(punch, 256 * KiB, 256 * KiB);
    file.allocate(punch, MiB, 256 * KiB);
    file.sync();
    BOOST_TEST_REQUIRE(map_of(at.path).runs.size() >= 3U, "too few pieces: the test would prove nothing");
}

std::string group_id(const situation& at) {
    return std::to_string(at.group().id);
}

/// Returns a region that is not the leader.
std::uint64_t some_member(const situation& at) {
    const listed_group group = at.group();
    BOOST_TEST_REQUIRE(group.members.size() >= 3U);
    return group.members[1];
}

void dmstats(const situation& at, std::vector<std::string> words) {
    words.insert(words.begin(), "dmstats");
    words.push_back(at.device());
    run_or_throw(words);
}

std::string is_deleted(situation& at) {
    at.left = 0;
    dmstats(at, {"delete", "--groupid", group_id(at)});
    return {};
}

std::string has_all_regions_deleted(situation& at) {
    at.left = 0;
    dmstats(at, {"delete", "--allregions"});
    return {};
}

std::string is_dissolved(situation& at) {
    at.left = at.regions().size();
    dmstats(at, {"ungroup", "--groupid", group_id(at)});
    return {};
}

std::string lowest_is_deleted_by_dmstats(situation& at) {
    at.left = at.regions().size() - 1;
    dmstats(at, {"delete", "--regionid", group_id(at)});
    return {};
}

std::string lowest_is_deleted_by_dmsetup(situation& at) {
    at.left = at.regions().size() - 1;
    at.message({"@stats_delete", group_id(at)});
    return {};
}

/// Reuses an id before the daemon notices that it is free.
void take(situation& at, std::uint64_t region, const std::string& program) {
    at.freeze();
    at.message({"@stats_delete", std::to_string(region)});
    BOOST_TEST_REQUIRE(at.add_stranger(program) == std::to_string(region));
    at.thaw();
}

std::string lowest_is_taken(situation& at, const std::string& program) {
    at.left = at.regions().size() - 1;
    take(at, at.group().id, program);
    return {};
}

std::string member_is_deleted_by_dmstats(situation& at) {
    dmstats(at, {"delete", "--regionid", std::to_string(some_member(at))});
    return at.path;
}

std::string member_is_deleted_by_dmsetup(situation& at) {
    at.message({"@stats_delete", std::to_string(some_member(at))});
    return at.path;
}

std::string member_is_taken(situation& at, const std::string& program) {
    take(at, some_member(at), program);
    return at.path;
}

/// Another program creates regions until it gets the leader's former id.
std::string lowest_is_lost(situation& at) {
    const std::string lowest = group_id(at);
    const std::string send = "dmsetup message " + at.device() + " 0 ";
    const std::string script = "while id=$(" + send + "@stats_create 8+8 8 0 somebody); [ \"$id\" != " + lowest +
                               " ]; do " + send + "@stats_delete $id; done";
    background_program racer({"sh", "-c", script});
    file_editor(at.path).allocate(punch, 0, 256 * KiB);
    BOOST_TEST_REQUIRE(racer.wait_for_end(reaction_bound).value_or(-1) == 0, racer.printed());
    at.leave_alone(std::stoull(lowest));
    at.expect_log(": group_id changed from " + lowest + " to ");
    return at.path;
}

void update_filemap(const situation& at) {
    run_or_throw({"dmstats", "update_filemap", "--nomonitor", "--groupid", group_id(at), at.path});
}

/// The daemon takes the new regions of dmstats under ids of the group for those of another program.
std::string is_updated_by_dmstats(situation& at) {
    const auto before = at.regions();
    at.freeze();
    file_editor(at.path).write_and_sync(4 * MiB, 64 * KiB);
    update_filemap(at);
    for (const listed_region& now : at.regions()) {
        const auto was = std::ranges::find(before, now.id, &listed_region::id);
        if (was != before.end() && was->run != now.run) at.leave_alone(now.id);
    }
    at.thaw();
    // The regions of dmstats are in sync with the file as well.
    const auto are_given_up = [&] {
        return std::ranges::none_of(at.group().members, [&](std::uint64_t id) { return at.is_strangers(id); });
    };
    BOOST_TEST_REQUIRE(wait_until(are_given_up, reaction_bound), at.log());
    return at.path;
}

void make_in_exact_pieces(situation& at) {
    at.options.insert(at.options.end(), {"--regions", "exact"});
    make_in_pieces(at);
}

/// dmstats has nothing to change.
std::string is_updated_though_exact(situation& at) {
    file_editor(at.path).write_and_sync(2 * MiB, 64 * KiB);
    require_sync(at.path, "after growth");
    at.wait_until_quiet();
    const auto before = at.regions();
    update_filemap(at);
    const auto is_same = [](const listed_region& a, const listed_region& b) { return a.id == b.id && a.run == b.run; };
    BOOST_TEST(std::ranges::equal(before, at.regions(), is_same), "regions were replaced: " << at.log());
    return at.path;
}

/// Reaps orphans. Returns true if any has ended.
bool reap_orphans() {
    bool any = false;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) any = true;
    return any;
}

/// dmstats starts a second daemon, which is refused.
std::string is_updated_by_dmstats_with_a_monitor(situation& at) {
    adopt_orphans();
    reap_orphans();
    static_cast<void>(run_program({"dmstats", "update_filemap", "--groupid", group_id(at), at.path}, seconds{30},
                                  {path_with_daemon()}));
    // dmstats does not wait for the daemon's start.
    BOOST_TEST_REQUIRE(wait_until(reap_orphans, reaction_bound), "the second daemon does not end");
    const bool alone = wait_until([] { return processes_of(daemon_executable()).size() == 1; }, reaction_bound);
    BOOST_TEST(alone, "two daemons follow one group");
    return at.path;
}

std::string is_cleared(situation& at) {
    dmstats(at, {"clear", "--allregions"});
    return at.path;
}

/// dmstats refuses regions that are in a group.
std::string is_grouped_again(situation& at) {
    const std::string members = std::to_string(at.group().members[1]) + ',' + std::to_string(at.group().members[2]);
    const program_result ran = run_program({"dmstats", "group", "--alias", "other", "--regions", members, at.device()});
    BOOST_TEST(ran.status != 0, ran.out);
    return at.path;
}

/// A region that another descriptor makes a leader belongs to that group.
std::string member_leads_another(situation& at) {
    const std::uint64_t member = some_member(at);
    const std::string id = std::to_string(member);
    at.freeze();
    at.message({"@stats_set_aux", id, "DMS_GROUP=\"other\":" + id + "#-"});
    at.leave_alone(member);
    at.thaw();
    const auto is_given_up = [&] { return std::ranges::count(at.group().members, member) == 0; };
    BOOST_TEST_REQUIRE(wait_until(is_given_up, reaction_bound), at.log());
    return at.path;
}

std::string second_is_refused(situation& at) {
    const program_result second =
        run_program({daemon_executable(), "--group-id", group_id(at), "--path", at.path, "--foreground"});
    BOOST_TEST(second.status == 1);
    BOOST_TEST(second.err.find("process " + std::to_string(at.daemon().pid())) != std::string::npos, second.err);
    return at.path;
}

operation in_pieces(std::string_view name, std::function<std::string(situation&)> perform) {
    return {.name = name, .perform = std::move(perform), .prepare = make_in_pieces};
}

const bool registered = add_outcome_cases(
    operations_on::group,
    {
        in_pieces("group deleted by dmstats", is_deleted),
        in_pieces("all regions deleted by dmstats", has_all_regions_deleted),
        in_pieces("group dissolved by dmstats ungroup", is_dissolved),
        in_pieces("lowest region deleted by dmstats", lowest_is_deleted_by_dmstats),
        in_pieces("lowest region deleted by dmsetup", lowest_is_deleted_by_dmsetup),
        in_pieces("lowest number taken by a program", [](situation& at) { return lowest_is_taken(at, "somebody"); }),
        in_pieces("lowest number taken by dmstats", [](situation& at) { return lowest_is_taken(at, "dmstats"); }),
        in_pieces("member deleted by dmstats", member_is_deleted_by_dmstats),
        in_pieces("member deleted by dmsetup", member_is_deleted_by_dmsetup),
        in_pieces("number of a member taken by a program",
                  [](situation& at) { return member_is_taken(at, "somebody"); }),
        in_pieces("number of a member taken by dmstats", [](situation& at) { return member_is_taken(at, "dmstats"); }),
        in_pieces("lowest number lost to a program", lowest_is_lost),
        in_pieces("dmstats update_filemap", is_updated_by_dmstats),
        {.name = "dmstats update_filemap, exact regions",
         .perform = is_updated_though_exact,
         .prepare = make_in_exact_pieces,
         .own_only = true},
        in_pieces("dmstats update_filemap, monitored", is_updated_by_dmstats_with_a_monitor),
        in_pieces("dmstats clear", is_cleared),
        in_pieces("dmstats group of its regions", is_grouped_again),
        in_pieces("member made leader of another group", member_leads_another),
        in_pieces("second dmfilemapd on the group", second_is_refused),
    });

/// Options of a region, at the end of its row in @stats_list.
std::string counting_of(const std::string& row) {
    const std::size_t histogram = row.find(" histogram:");
    BOOST_TEST_REQUIRE(histogram != std::string::npos, "no histogram: the test would prove nothing: " << row);
    const std::string precise = " precise_timestamps";
    const bool is_precise = row.substr(0, histogram).ends_with(precise);
    return row.substr(is_precise ? histogram - precise.size() : histogram);
}

std::vector<std::string> rows_of(const situation& at) {
    std::vector<std::string> all;
    std::istringstream rows(at.message({"@stats_list"}));
    for (std::string row; std::getline(rows, row);) all.push_back(row);
    return all;
}

/// Growth, a new leader, and a recreated group keep the options.
void counting_is_kept(call_form form) {
    situation at(form);
    make_in_pieces(at);
    const std::vector<std::string> bounds{"--bounds", "100us,10ms"};
    at.options.insert(at.options.end(), bounds.begin(), bounds.end());
    at.creation = bounds;
    at.start();
    require_sync(at.path, "after the start");
    const std::string counting = counting_of(rows_of(at).front());
    if (is_own(form)) BOOST_TEST(counting == " precise_timestamps histogram:100000,10000000");
    const auto check = [&](const char* when) {
        require_sync(at.path, when);
        for (const std::string& row : rows_of(at)) BOOST_TEST(counting_of(row) == counting, when << ": " << row);
    };
    check("at the start");

    const file_editor file(at.path);
    file.write_and_sync(8 * MiB, 256 * KiB);
    check("after growth");
    file.allocate(punch, 0, 256 * KiB);
    at.expect_log("group_id changed from ");
    check("after the loss of the leader");
    file.truncate(0);
    at.expect_log("file has no extents");
    BOOST_TEST_REQUIRE(at.regions().empty());
    file.write_and_sync(0, 256 * KiB);
    check("made again");
    BOOST_TEST(at.group().alias == "file");
}

const bool counting_registered = [] {
    auto& suite = add_suite("counting_is_kept");
    for (const call_form form : {call_form::own_inode, call_form::drop_in_path})
        add_case(suite, std::string(name_of(form)), [form] { counting_is_kept(form); });
    return true;
}();

}  // namespace
}  // namespace filemap::test
