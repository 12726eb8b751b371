#include "group/round_planner.hpp"

#include "unit/filemap/print.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <variant>

namespace filemap {
namespace {

constexpr const char* owner_tag = "fm-0123456789";

sector_range at(std::uint64_t start, std::uint64_t length) {
    return {sectors{start}, sectors{length}};
}

group_region region(std::uint64_t id, std::uint64_t start, std::uint64_t length) {
    return {region_id{id}, at(start, length)};
}

/// A list of the device's regions, and the plan of a round for a file.
struct listed_device {
    explicit listed_device(const std::string& text) : groups(dm::region_list::parse(text, "dmstats").value()) {
        known.alias_part = "f";
        known.owner_tag = owner_tag;
    }

    [[nodiscard]] round_plan plan_for(const std::vector<sector_range>& file,
                                      const group_settings* configured = nullptr) const {
        return plan_round(view_group(groups, known), groups.list(), known, configured, file, {});
    }

    group_index groups;
    group_state known;
};

std::string in_words(const std::vector<operation>& operations) {
    std::string words;
    for (const operation& op : operations) words += (words.empty() ? "" : "; ") + describe(op);
    return words;
}

// Two regions of a group, as a monitor leaves them.
const std::string whole_group = "0: 0+8 8 dmstats DMS_GROUP=f:0-1#fm-0123456789\n1: 16+8 8 dmstats -\n";

/// The kernel's regions and descriptor while a round performs its steps. Each step checks that it may be the last.
class crash_model {
public:
    crash_model(const plan& planned, bool has_group) {
        for (const group_region& m : planned.keep) wanted_.insert(m.id);
        existing_ = wanted_;
        for (const group_region& m : planned.remove) existing_.insert(m.id);
        // Regions without a group are those of a killed monitor, which have the tag.
        (has_group ? listed_ : tagged_) = existing_;
    }

    void perform(const operation& op) {
        std::visit([this](const auto& s) { step(s); }, op);
        for (const region_id id : existing_)
            BOOST_TEST((listed_.contains(id) || tagged_.contains(id)), "a restart does not find region " << id);
        for (const region_id id : listed_) BOOST_TEST(existing_.contains(id), "readers miss region " << id);
    }

    void check_end() const {
        BOOST_TEST((existing_ == wanted_));
        BOOST_TEST((listed_ == wanted_));
    }

private:
    void step(const step::tag& s) { tagged_.insert(s.region); }
    void step(const step::create&) {
        const region_id id{next_id_++};
        existing_.insert(id);
        tagged_.insert(id);
        wanted_.insert(id);
    }
    void step(const step::publish&) {
        listed_ = wanted_;
        is_confirmed_ = false;
    }
    void step(const step::confirm&) { is_confirmed_ = true; }
    void step(const step::carry& s) {
        BOOST_TEST(is_confirmed_);
        BOOST_TEST(s.regions.size() <= deletion_batch);
        for (const group_region& m : s.regions) carried_.insert(m.id);
    }
    void step(const step::remove& s) {
        BOOST_TEST(is_confirmed_);
        BOOST_TEST(carried_.contains(s.region.id), "the counters of region " << s.region.id << " are lost");
        BOOST_TEST(!listed_.contains(s.region.id), "readers miss region " << s.region.id);
        existing_.erase(s.region.id);
    }

    std::set<region_id> existing_, listed_, tagged_, wanted_, carried_;
    std::uint64_t next_id_ = 1000;
    bool is_confirmed_ = false;
};

std::vector<sector_range> random_file(std::mt19937& random, std::size_t extents) {
    std::vector<sector_range> file;
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < extents; ++i) {
        const std::uint64_t start = next + 8 * (1 + random() % 3), length = 8 * (1 + random() % 4);
        file.push_back(at(start, length));
        next = start + length;
    }
    return file;
}

BOOST_AUTO_TEST_SUITE(round_planner)

BOOST_AUTO_TEST_CASE(unchanged_group_needs_no_step) {
    const round_plan planned = listed_device(whole_group).plan_for({at(0, 8), at(16, 8)});
    BOOST_TEST(in_words(planned.operations) == "");
    BOOST_TEST(planned.wanted.size() == 2u);
    BOOST_TEST(!planned.is_new_group);
}

BOOST_AUTO_TEST_CASE(absent_group_is_new) {
    const round_plan planned = listed_device("").plan_for({at(0, 8)});
    BOOST_TEST(planned.is_new_group);
    BOOST_TEST(in_words(planned.operations) == "create 0+8; publish the group");
}

BOOST_AUTO_TEST_CASE(missing_member_is_created_again) {
    const round_plan planned =
        listed_device("0: 0+8 8 dmstats DMS_GROUP=f:0-1#fm-0123456789\n").plan_for({at(0, 8), at(16, 8)});
    BOOST_TEST(in_words(planned.operations) == "create 16+8; publish the group");
}

BOOST_AUTO_TEST_CASE(missing_member_alone_rewrites_descriptor) {
    const round_plan planned = listed_device("0: 0+8 8 dmstats DMS_GROUP=f:0-1#fm-0123456789\n").plan_for({at(0, 8)});
    BOOST_TEST(in_words(planned.operations) == "publish the group");
}

BOOST_AUTO_TEST_CASE(unlisted_region_joins_group) {
    const round_plan planned =
        listed_device(whole_group + "2: 32+8 8 dmstats fm-0123456789\n").plan_for({at(0, 8), at(16, 8), at(32, 8)});
    BOOST_TEST(planned.adopted == 1u);
    BOOST_TEST(in_words(planned.operations) == "publish the group");
    BOOST_TEST(planned.wanted.back() == region(2, 32, 8));
}

BOOST_AUTO_TEST_CASE(unlisted_region_replaces_nothing) {
    const round_plan planned = listed_device(whole_group + "2: 16+4 4 dmstats fm-0123456789\n").plan_for({at(0, 8)});
    BOOST_TEST(planned.changes.remove.size() == 2u);
    BOOST_TEST_REQUIRE(planned.replaced.size() == 1u);
    BOOST_TEST(planned.replaced.front() == region(1, 16, 8));
    BOOST_TEST(planned.adopted == 0u);
}

BOOST_AUTO_TEST_CASE(other_name_rewrites_descriptor) {
    const group_settings configured{.alias_part = "g", .program_id = "dmstats", .counting = {}};
    const round_plan planned = listed_device(whole_group).plan_for({at(0, 8), at(16, 8)}, &configured);
    BOOST_TEST(!planned.recreates);
    BOOST_TEST(in_words(planned.operations) == "publish the group");
}

BOOST_AUTO_TEST_CASE(other_counting_options_delete_group) {
    const group_settings configured{.alias_part = "f", .program_id = "dmstats", .counting = {true, {}}};
    const round_plan planned = listed_device(whole_group).plan_for({at(0, 8), at(16, 8)}, &configured);
    BOOST_TEST(planned.recreates);
    BOOST_TEST(planned.wanted.empty());
    BOOST_TEST(in_words(planned.operations) ==
               "tag region 0; tag region 1; publish the group; check the regions to delete; carry the counters of "
               "region 0, 1; delete region 0 at 0+8; delete region 1 at 16+8");
}

BOOST_AUTO_TEST_CASE(other_program_id_deletes_group) {
    const group_settings configured{.alias_part = "f", .program_id = "other", .counting = {}};
    BOOST_TEST(listed_device(whole_group).plan_for({at(0, 8), at(16, 8)}, &configured).recreates);
}

BOOST_AUTO_TEST_CASE(quick_plan_agrees_with_full) {
    std::mt19937 random(4);
    for (int i = 0; i < 200; ++i) {
        group_state known;
        std::uint64_t id = 0;
        for (const sector_range& range : random_file(random, random() % 6))
            known.regions.push_back({region_id{id++}, range});
        const std::vector<sector_range> file = random_file(random, random() % 6);
        const plan quick = plan_without_list(known, file, {});
        const plan full = make_plan(file, known.regions, {});
        BOOST_TEST(quick.create == full.create, boost::test_tools::per_element());
        BOOST_TEST(quick.remove == full.remove, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(every_step_may_be_the_last) {
    std::mt19937 random(5);
    for (int i = 0; i < 300; ++i) {
        std::vector<group_region> regions;
        std::uint64_t id = 0;
        for (const sector_range& range : random_file(random, random() % 200))
            regions.push_back({region_id{id++}, range});
        const std::vector<sector_range> file = random_file(random, random() % 200);
        const plan planned = make_plan(file, regions, {.rule = region_rule::cover, .max_regions = random() % 100});
        const bool has_group = !regions.empty() && random() % 2 == 0;
        crash_model model(planned, has_group);
        for (const operation& op : operations_of(planned, has_group)) model.perform(op);
        model.check_end();
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap
