// The rules and formats of which the log is made.

#include "model/commit_plan.hpp"
#include "model/live_state.hpp"
#include "model/start_rules.hpp"
#include "model/tracking.hpp"
#include "protocol/registry.hpp"
#include "support/scratch_directory.hpp"
#include "unit/dirtylog/storage/memory_storage.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

#include <unistd.h>

namespace dirtylog {
namespace {

log_record sample() {
    return {
        {*log_uuid::make("LVM-a b\nc%"), log_luid{0xffff888001234000}}, *boot_id::make("boot"), "40 core 8\n", true};
}

geometry regions_of_8(std::uint64_t many) {
    return {sectors{many * 8}, sectors{8}};
}

BOOST_AUTO_TEST_SUITE(parts_suite)

BOOST_AUTO_TEST_CASE(start_follows_facts) {
    struct row {
        start_facts facts;
        start from;
    };
    using enum backend_kind;
    using enum journal_state;
    using before = predecessor;
    const row table[] = {
        {{core, false, false, before::none, never_used}, start::fresh},
        {{core, true, false, before::none, never_used}, start::unknown},
        {{core, true, false, before::suspended, never_used}, start::unknown},
        {{core, true, true, before::none, never_used}, start::live},
        {{core, false, true, before::working, never_used}, start::live},
        {{core, false, false, before::suspended, never_used}, start::predecessor},
        {{core, false, false, before::working, never_used}, start::unknown},
        {{disk, false, false, before::none, never_used}, start::fresh},
        {{disk, false, false, before::none, whole}, start::journal},
        {{disk, false, false, before::none, damaged}, start::unknown},
        {{disk, false, false, before::none, foreign}, start::unknown},
        {{disk, true, false, before::none, whole}, start::unknown},
        {{disk, true, true, before::none, damaged}, start::live},
        {{disk, false, false, before::suspended, whole}, start::predecessor},
        {{disk, false, false, before::working, whole}, start::journal},
        {{disk, false, false, before::working, never_used}, start::unknown},
    };
    for (const row& each : table) BOOST_TEST((decide_start(each.facts) == each.from), &each - table);
}

BOOST_AUTO_TEST_CASE(record_round_trips_and_truncation_fails) {
    const std::string whole = format(sample());
    BOOST_TEST((parse_log_record(whole) == sample()));
    for (std::size_t size = 0; size < whole.size(); ++size)
        BOOST_TEST(!parse_log_record(whole.substr(0, size)).has_value(), size);
    BOOST_TEST(!parse_log_record(whole + "x").has_value());
}

BOOST_AUTO_TEST_CASE(registry_loads_records_of_this_boot) {
    filemap::test::scratch_directory directory;
    const registry logs(directory.path.string());
    BOOST_TEST(logs.remember(sample()).has_value());
    log_record other = sample();
    other.key.luid = log_luid{2};
    other.boot = *boot_id::make("earlier");
    BOOST_TEST(logs.remember(other).has_value());
    // Left by a killed process.
    std::ofstream(directory / "log-ffff888001234000.log.new") << "half";
    std::ofstream(directory / "log-0000000000000003.log") << "half";
    const auto got = logs.load(*boot_id::make("boot"));
    BOOST_TEST_REQUIRE(got.logs.size() == 1u);
    BOOST_TEST((got.logs[0] == sample()));
    BOOST_TEST_REQUIRE(got.failures.size() == 1u);
    BOOST_TEST(got.failures[0].context == directory / "log-0000000000000003.log");
    BOOST_TEST(logs.remember(sample()).has_value());
    logs.forget(sample().key.luid);
    BOOST_TEST(logs.load(*boot_id::make("boot")).logs.empty());
    BOOST_TEST(registry(directory / "gone").load(*boot_id::make("boot")).failures.size() == 1u);
    BOOST_TEST(registry(directory / "gone").remember(sample()).has_error());
}

BOOST_AUTO_TEST_CASE(this_boot_has_id) {
    BOOST_TEST(this_boot().value().view().size() == 36u);
}

BOOST_AUTO_TEST_CASE(published_live_state_is_found) {
    filemap::test::scratch_directory directory;
    const log_key key{*log_uuid::make("mirror"), log_luid{7}};
    const boot_id boot = *boot_id::make("boot");
    {
        auto made = live_state::create(directory.path.string(), {key, boot, regions_of_8(100), true});
        BOOST_TEST_REQUIRE(made.has_value());
        (*made)->fill(true);
        BOOST_TEST((live_state::attach(directory.path.string(), key, boot).value() == nullptr));
        BOOST_TEST((*made)->publish().has_value());
        (*made)->words().clean[1] = 5;
        (*made)->set_phase(live_phase::suspended);
    }
    const auto found = live_state::attach(directory.path.string(), key, boot);
    BOOST_TEST_REQUIRE((found.has_value() && *found != nullptr));
    BOOST_TEST((*found)->words().clean[1] == 5u);
    BOOST_TEST((*found)->regions().count() == 100u);
    BOOST_TEST(((*found)->phase() == live_phase::suspended));
    const boot_id later = *boot_id::make("later");
    BOOST_TEST((live_state::attach(directory.path.string(), key, later).value() == nullptr));
    const log_key other{*log_uuid::make("other"), log_luid{7}};
    BOOST_TEST((live_state::attach(directory.path.string(), other, boot).value() == nullptr));
    BOOST_TEST(::truncate((directory / "log-0000000000000007.live").c_str(), 5000) == 0);
    BOOST_TEST((live_state::attach(directory.path.string(), key, boot).error().code == filemap::errc::state_malformed));
    live_state::remove(directory.path.string(), key.luid);
    BOOST_TEST(std::filesystem::is_empty(directory.path));
}

BOOST_AUTO_TEST_CASE(damaged_or_misplaced_block_is_rejected) {
    const std::uint64_t dirty[] = {1, 2}, changed[] = {3, 4};
    const block_place place{77, 5, 0};
    const block made = make_block(place, 9, dirty, changed);
    const auto read = read_block(made, place);
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(read->epoch == 9u);
    BOOST_TEST(read->first[1] == 2u);
    BOOST_TEST(read->second[1] == 4u);
    BOOST_TEST(!read_block(made, {78, 5, 0}).has_value());
    BOOST_TEST(!read_block(made, {77, 4, 0}).has_value());
    BOOST_TEST(!read_block(made, {77, 5, 1}).has_value());
    for (std::size_t i = 0; i < made.size(); ++i) {
        block torn = made;
        torn[i] ^= std::byte{1};
        BOOST_TEST(!read_block(torn, place).has_value());
    }
    BOOST_TEST(!read_block(block{}, {0, 0, 0}).has_value());
}

BOOST_AUTO_TEST_CASE(header_round_trips_and_torn_fails) {
    journal_header header;
    header.uuid = *log_uuid::make(std::string(128, 'u'));
    header.shape = {sectors{1000}, sectors{8}};
    header.incarnation = 5;
    header.generation = 6;
    header.epoch = 7;
    header.checkpoints[6] = {*checkpoint_name::make(std::string(32, 'n')), 3};
    const block made = make_header(header);
    BOOST_TEST((read_header(made) == header));
    for (std::size_t size = 0; size < made.size(); ++size) {
        block torn{};
        std::copy_n(made.begin(), size, torn.begin());
        BOOST_TEST(begins_as_header(torn) == (size > 0));
        // The last bytes are zeroes in any header.
        BOOST_TEST(read_header(torn).has_value() == (torn == made));
    }
    BOOST_TEST(!begins_as_header(block{}));
    block other{};
    other[0] = std::byte{'d'};
    other[1] = std::byte{'o'};
    BOOST_TEST(!begins_as_header(other));
}

struct plan_world {
    explicit plan_world(std::uint64_t regions = 4000)
        : clean(words_for(region_count{regions}), ~std::uint64_t{0}),
          sync(clean),
          changed(clean.size()),
          log(region_count{regions}, {clean, sync, changed, &outstanding}),
          plan(log, bit_words(clean.size())) {}
    void mark(std::uint64_t which) {
        log.mark(region{which});
        plan.mark(region{which});
    }
    std::string prepare() {
        std::string groups;
        for (const std::size_t group : plan.prepare(log)) groups += std::to_string(group) + ' ';
        return groups;
    }
    bool is_stored(std::uint64_t which) { return (plan.stored()[which / 64] >> which % 64 & 1) != 0; }

    bit_words clean, sync, changed;
    std::uint64_t outstanding = 0;
    region_log log;
    commit_plan plan;
};

BOOST_AUTO_TEST_CASE(due_groups_are_written_once) {
    plan_world w;
    BOOST_TEST(!w.plan.has_due());
    w.mark(0);
    w.mark(1919);
    w.mark(3999);
    BOOST_TEST(w.plan.has_due());
    BOOST_TEST(w.prepare() == "0 2 ");
    BOOST_TEST(!w.plan.has_due());
    w.mark(1);
    w.mark(0);
    w.plan.finish(true);
    BOOST_TEST(w.prepare() == "0 ");
    BOOST_TEST(w.prepare() == "");
}

BOOST_AUTO_TEST_CASE(failed_write_keeps_both_states) {
    plan_world w;
    w.mark(5);
    w.prepare();
    w.plan.finish(true);
    w.log.clear(region{5});
    w.plan.confirm_clean(w.log);
    BOOST_TEST(w.prepare() == "0 ");
    BOOST_TEST(!w.is_stored(5));
    w.plan.finish(false);
    BOOST_TEST(w.is_stored(5));
    BOOST_TEST(w.plan.has_due());
    w.prepare();
    BOOST_TEST(w.is_stored(5));
}

BOOST_AUTO_TEST_CASE(mark_removes_region_from_round) {
    for (int step = 0; step < 3; ++step) {
        plan_world w;
        w.mark(5);
        w.mark(6);
        w.prepare();
        w.plan.finish(true);
        const auto disturb = [&](int now) {
            if (now != step) return;
            w.mark(5);
            w.log.clear(region{5});
        };
        w.log.clear(region{5});
        w.log.clear(region{6});
        w.plan.on_idle(w.log);
        disturb(0);
        w.plan.confirm_idle();
        disturb(1);
        w.prepare();
        disturb(2);
        w.plan.finish(true);
        BOOST_TEST(!w.is_stored(6));
        BOOST_TEST((w.is_stored(5) || w.plan.has_due()), step);
    }
}

BOOST_AUTO_TEST_CASE(changes_are_runs_of_sectors) {
    const geometry shape{sectors{1000}, sectors{8}};
    bit_words words(2);
    BOOST_TEST(changes_from(shape, words).ranges.empty());
    const bitmap bits(shape.regions(), words);
    for (const std::uint64_t i : {0u, 1u, 63u, 64u, 65u, 124u}) bits.set(region{i});
    const changes found = changes_from(shape, words);
    std::string text;
    for (const sector_range& each : found.ranges) text += to_string(each) + ' ';
    BOOST_TEST(text == "0+16 504+24 992+8 ");
    BOOST_TEST(found.total.count() == 48u);
    bits.fill(true);
    BOOST_TEST((changes_from({sectors{997}, sectors{8}}, words).ranges ==
                std::vector<sector_range>{{sectors{0}, sectors{997}}}));
    BOOST_TEST(all_of(shape).everything);
}

BOOST_AUTO_TEST_CASE(new_file_is_allocated_and_zeroed) {
    filemap::test::scratch_directory directory;
    auto opened = open_log_storage(directory / "log");
    BOOST_TEST_REQUIRE(opened.has_value());
    std::array<std::byte, 16> got;
    got.fill(std::byte{1});
    BOOST_TEST((*opened)->read(bytes{5000}, got).has_value());
    BOOST_TEST((got == std::array<std::byte, 16>{}));
    BOOST_TEST((*opened)->reserve(bytes{8192}).has_value());
    BOOST_TEST(std::filesystem::file_size(directory / "log") == 8192u);
    got.fill(std::byte{7});
    BOOST_TEST((*opened)->write(bytes{8000}, got).has_value());
    BOOST_TEST((*opened)->sync().has_value());
    auto again = open_log_storage(directory / "log");
    std::array<std::byte, 16> read;
    BOOST_TEST((*again)->read(bytes{8000}, read).has_value());
    BOOST_TEST((read == got));
    BOOST_TEST((*again)->device().empty());
}

BOOST_AUTO_TEST_CASE(unusable_place_is_refused) {
    filemap::test::scratch_directory directory;
    BOOST_TEST(open_log_storage(directory / "gone/log").error().code.value() == ENOENT);
    BOOST_TEST(open_log_storage("/dev/no-such-device").error().code.value() == ENOENT);
    BOOST_TEST(open_log_storage("/dev/null").error().code.value() == ENOTSUP);
    BOOST_TEST(open_log_storage(directory.path.string()).error().code.value() == EISDIR);
    std::ofstream(directory / "file");
    BOOST_TEST(open_leg(directory / "file").error().code.value() == ENOTBLK);
    BOOST_TEST(open_leg(directory / "gone").error().code.value() == ENOENT);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
