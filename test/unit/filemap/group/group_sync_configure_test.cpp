// Groups of an earlier process that differ from the configuration.
#include "unit/filemap/group/group_fixture.hpp"
#include "unit/filemap/print.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cerrno>

namespace filemap::test {
namespace {

struct change {
    const char* what;
    group_settings to;
    bool is_only_a_name = false;
};

const std::vector<change>& changes() {
    static const std::vector<change> all{
        {"name", {"\"other\"", "dmstats", {}}, true},
        {"clock", {"\"file\"", "dmstats", {true, {}}}},
        {"bounds", {"\"file\"", "dmstats", {false, "1,2"}}},
        {"program id", {"\"file\"", "somebody", {}}},
        {"all", {"\"other\"", "somebody", {true, "1000,2000"}}},
    };
    return all;
}

const ranges file = spread(3);

// State left by the first process, and configuration of the second.
void prepare(group_world& world, const change& c) {
    world.add_stranger(at(1 << 20, 8));
    BOOST_REQUIRE(world.round(file).complete());
    world.write(file, 1);
    world.calls = 0;
    world.restart();
    world.initial.program_id = c.to.program_id;
    world.initial.counting = c.to.counting;
    world.configured = c.to;
}

void check(const group_world& world, const change& c) {
    BOOST_TEST(world.out_of_sync(file) == "");
    const auto groups = world.groups();
    BOOST_REQUIRE(groups.size() == 1U);
    BOOST_TEST(groups.front().alias_part == c.to.alias_part);
    std::string options = c.to.counting.precise_timestamps ? " precise_timestamps" : "";
    if (!c.to.counting.histogram.empty()) options += " histogram:" + c.to.counting.histogram;
    for (const listed& row : world.rows()) {
        if (row.start == 1 << 20) continue;
        BOOST_TEST(row.program == c.to.program_id);
        BOOST_TEST(row.aux.ends_with(options));
        BOOST_TEST((row.aux.find("precise") != row.aux.npos) == c.to.counting.precise_timestamps);
        BOOST_TEST((row.aux.find("histogram") != row.aux.npos) == !c.to.counting.histogram.empty());
    }
    BOOST_TEST(world.writes_counted() == (c.is_only_a_name ? file.size() : 0U));
    BOOST_TEST(world.complaints() == "");
}

std::uint64_t messages_of(const change& c) {
    group_world world;
    prepare(world, c);
    BOOST_TEST(world.round(file).complete());
    return world.calls;
}

BOOST_AUTO_TEST_SUITE(group_sync_configure)

BOOST_AUTO_TEST_CASE(configuration_before_quiet_round_is_applied) {
    for (const change& c : changes()) {
        BOOST_TEST_CONTEXT(c.what) {
            group_world world;
            BOOST_REQUIRE(world.round(file).complete());
            world.write(file, 1);
            world.initial.program_id = c.to.program_id;
            world.configured = c.to;
            world.sync->configure(c.to);
            constexpr bool confirm = false;
            BOOST_TEST(world.round(file, confirm).complete());
            check(world, c);
        }
    }
}

BOOST_AUTO_TEST_CASE(group_is_reconfigured_in_one_round) {
    for (const change& c : changes()) {
        BOOST_TEST_CONTEXT(c.what) {
            group_world world;
            prepare(world, c);
            const sync_report done = world.round(file);
            BOOST_TEST(done.complete());
            BOOST_TEST((done.replaced_group != nullptr) == !c.is_only_a_name);
            check(world, c);
            const auto rows = world.rows().size();
            const sync_report again = world.round(file);
            BOOST_TEST(again.complete());
            BOOST_TEST(!again.changed());
            BOOST_TEST(world.rows().size() == rows);
        }
    }
}

BOOST_AUTO_TEST_CASE(configured_group_is_untouched) {
    group_world world;
    prepare(world, {"nothing", {"\"file\"", "dmstats", {}}});
    world.intrude = [](std::uint64_t, std::string_view text) {
        BOOST_TEST(text.starts_with("@stats_list"), text);
        return error_code{};
    };
    BOOST_TEST(world.round(file).complete());
}

BOOST_AUTO_TEST_CASE(restart_after_kill_completes_reconfiguration) {
    for (const change& c : changes()) {
        const std::uint64_t count = messages_of(c);
        for (std::uint64_t k = 1; k <= count; ++k) {
            BOOST_TEST_CONTEXT(c.what << ", killed before message " << k) {
                group_world world;
                prepare(world, c);
                world.intrude = [k](std::uint64_t call, std::string_view) {
                    if (call == k) throw killed{};
                    return error_code{};
                };
                BOOST_CHECK_THROW(world.round(file), killed);
                world.intrude = {};
                world.restart();
                BOOST_TEST(world.round(file).complete());
                check(world, c);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(failed_message_delays_reconfiguration) {
    for (const change& c : changes()) {
        const std::uint64_t count = messages_of(c);
        for (std::uint64_t k = 1; k <= count; ++k) {
            BOOST_TEST_CONTEXT(c.what << ", failing message " << k) {
                group_world world;
                prepare(world, c);
                world.intrude = [k](std::uint64_t call, std::string_view) {
                    return call == k ? error_code(ENOMEM, boost::system::system_category()) : error_code();
                };
                for (int rounds = 0; rounds < 3; ++rounds) world.round(file);
                BOOST_TEST(world.sync->report().complete());
                check(world, c);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(empty_file_gets_configured_group_later) {
    for (const change& c : changes()) {
        BOOST_TEST_CONTEXT(c.what) {
            group_world world;
            prepare(world, c);
            BOOST_TEST(world.round({}).complete());
            BOOST_TEST(world.out_of_sync({}) == "");
            BOOST_TEST(world.round(file).complete());
            BOOST_TEST(world.out_of_sync(file) == "");
            BOOST_TEST(world.groups().front().alias_part == c.to.alias_part);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
