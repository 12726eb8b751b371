// Rows of the table of outcomes, each with the operation of its name.

#include "kernel/situation.hpp"

#include <algorithm>
#include <set>

namespace filemap::test {
namespace {

constexpr call_form all_forms[] = {call_form::own_inode, call_form::own_path, call_form::drop_in_inode,
                                   call_form::drop_in_path};

/// Ids and ranges without aux_data, which deletion of a group changes.
std::set<std::pair<std::uint64_t, std::uint64_t>> places_of(const std::vector<listed_region>& regions) {
    std::set<std::pair<std::uint64_t, std::uint64_t>> places;
    for (const listed_region& region : regions) places.emplace(region.id, region.run.start);
    return places;
}

void require_followed(const situation& at, const std::string& where, const char* when) {
    const map_report report = wait_for_sync(where, reaction_bound, {.alias = at.path.substr(at.path.rfind('/') + 1)});
    BOOST_TEST_REQUIRE(report.in_sync(), when << ": " << report.summary() << "\n" << at.log());
    for (const listed_region& region : report.regions)
        BOOST_TEST(!at.is_strangers(region.id), "counts region " << region.id << " of another program:\n"
                                                                 << at.message({"@stats_list"}) << '\n'
                                                                 << at.log());
}

void check_goes_on(situation& at, const std::string& where) {
    require_followed(at, where, "after the operation");
    file_editor(where).write_and_sync(8 * MiB, 256 * KiB);
    require_followed(at, where, "after one more write");
    BOOST_TEST(at.ours().size() == at.group().members.size(), "there are regions outside the group:\n"
                                                                  << at.message({"@stats_list"}) << '\n'
                                                                  << at.log());
    BOOST_TEST(!at.daemon().wait_for_end(milliseconds{0}), "has ended: " << at.log());
}

void check_waits(situation& at) {
    BOOST_TEST(wait_until([&] { return at.ours().empty(); }, reaction_bound), "regions stay: " << at.log());
    at.wait_until_quiet();
    BOOST_TEST(!at.daemon().wait_for_end(milliseconds{0}), "has ended: " << at.log());
}

void shows(const operation& what, const outcome_row& row, call_form form) {
    situation at(form);
    if (what.prepare) {
        what.prepare(at);
    } else {
        file_editor(at.path).write_and_sync(0, MiB);
    }
    at.start();
    require_followed(at, at.path, "after the start");
    const auto before = places_of(at.regions());

    const std::string where = what.perform(at);
    const fate_description& expected = describe(at.follows_path() ? row.path : row.inode);
    if (expected.status) {
        const auto status = at.daemon().wait_for_end(reaction_bound);
        BOOST_TEST_REQUIRE(status.has_value(), "does not end: " << at.log());
        BOOST_TEST(*status == *expected.status, at.log());
    } else if (expected.is == fate::waits) {
        check_waits(at);
    } else {
        check_goes_on(at, where);
    }
    BOOST_TEST(at.log().find(expected.logged) != std::string::npos, at.log());
    if (expected.regions == regions_then::deleted) BOOST_TEST(at.ours().empty(), "regions stay: " << at.log());
    if (expected.regions == regions_then::left_alone && at.left) {
        const auto now = places_of(at.ours());
        BOOST_TEST(std::ranges::includes(before, now), "regions were made: " << at.log());
        BOOST_TEST(now.size() == *at.left, at.log());
    }
    at.check_strangers();
}

}  // namespace

bool add_outcome_cases(operations_on section, std::vector<operation> operations) {
    std::set<std::string_view> performed, listed;
    for (const outcome_row& row : outcomes())
        if (row.section == section) listed.insert(row.operation);
    for (const operation& what : operations) {
        performed.insert(what.name);
        const auto row = std::ranges::find(outcomes(), what.name, &outcome_row::operation);
        if (row == outcomes().end()) continue;
        auto& suite = add_suite(slug_of(what.name));
        for (const call_form form : all_forms) {
            if (what.own_only && !is_own(form)) continue;
            add_case(suite, std::string(name_of(form)), [what, row = *row, form] { shows(what, row, form); });
        }
    }
    auto& table = add_suite("table_" + std::to_string(static_cast<int>(section)));
    add_case(table, "cases_match_rows", [=] { BOOST_TEST(performed == listed, boost::test_tools::per_element()); });
    return true;
}

}  // namespace filemap::test
