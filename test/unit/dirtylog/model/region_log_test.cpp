#include "model/region_log.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <vector>

namespace dirtylog {
namespace {

/// A region_log and its words.
struct world {
    explicit world(std::uint64_t regions, bool equal = false)
        : count{regions}, clean(words_for(count), equal ? ~std::uint64_t{0} : 0), sync(clean), changed(clean.size()) {
        restart();
    }
    /// Makes a new region_log on the words, as after a kill.
    void restart() { log.emplace(count, live_words{clean, sync, changed, &outstanding}); }

    region_count count;
    bit_words clean, sync, changed;
    std::uint64_t outstanding = 0;
    std::optional<region_log> log;
};

std::uint64_t work(region_log& log, recovery_policy* policy = nullptr) {
    const auto next = log.next_work(policy);
    return next ? next->value() : ~std::uint64_t{0};
}
constexpr std::uint64_t nothing = ~std::uint64_t{0};

BOOST_AUTO_TEST_SUITE(region_log_suite)

BOOST_AUTO_TEST_CASE(new_log_is_dirty) {
    world w(130);
    BOOST_TEST(w.log->in_sync().count() == 0u);
    BOOST_TEST(w.log->dirty().count() == 130u);
    BOOST_TEST(w.log->hint().value() == 129u);
    BOOST_TEST(w.log->changed_bits().count().count() == 130u);
}

BOOST_AUTO_TEST_CASE(bits_behind_last_region_are_ignored) {
    world w(130, true);
    BOOST_TEST(w.log->in_sync().count() == 130u);
    BOOST_TEST(w.log->is_all_in_sync());
    BOOST_TEST(w.log->hint().value() == 130u);
    BOOST_TEST(w.log->dirty().count() == 0u);
}

BOOST_AUTO_TEST_CASE(mark_and_clear_are_idempotent) {
    world w(10, true);
    for (int i = 0; i < 2; ++i) {
        w.log->mark(region{3});
        BOOST_TEST(!w.log->is_clean(region{3}));
        BOOST_TEST(w.log->is_in_sync(region{3}));
        BOOST_TEST(w.log->dirty().count() == 1u);
    }
    BOOST_TEST(w.log->clear(region{3}));
    BOOST_TEST(!w.log->clear(region{3}));
    BOOST_TEST(w.log->is_clean(region{3}));
    BOOST_TEST(w.log->changed_bits().test(region{3}));
    BOOST_TEST(w.log->changed_bits().count().count() == 1u);
}

BOOST_AUTO_TEST_CASE(clear_out_of_sync_is_ignored) {
    world w(10);
    BOOST_TEST(!w.log->clear(region{3}));
    BOOST_TEST(!w.log->is_clean(region{3}));
    w.log->set_sync(region{3}, true);
    BOOST_TEST(!w.log->is_clean(region{3}));
    BOOST_TEST(w.log->clear(region{3}));
}

BOOST_AUTO_TEST_CASE(set_sync_repeated_counts_once) {
    world w(10, true);
    w.log->set_sync(region{9}, false);
    w.log->set_sync(region{9}, false);
    BOOST_TEST(w.log->in_sync().count() == 9u);
    BOOST_TEST(!w.log->is_clean(region{9}));
    BOOST_TEST(w.log->changed_bits().test(region{9}));
    w.log->set_sync(region{9}, true);
    w.log->set_sync(region{9}, true);
    BOOST_TEST(w.log->in_sync().count() == 10u);
    BOOST_TEST(!w.log->is_clean(region{9}));
}

BOOST_AUTO_TEST_CASE(issued_region_repeats_until_result) {
    world w(3);
    BOOST_TEST(work(*w.log) == 0u);
    BOOST_TEST(work(*w.log) == 0u);
    w.restart();
    BOOST_TEST(work(*w.log) == 0u);
    w.log->set_sync(region{0}, true);
    BOOST_TEST(work(*w.log) == 1u);
    // The failure of another region changes nothing.
    w.log->set_sync(region{2}, false);
    BOOST_TEST(work(*w.log) == 1u);
    w.log->set_sync(region{1}, true);
    w.log->set_sync(region{2}, true);
    BOOST_TEST(work(*w.log) == nothing);
}

BOOST_AUTO_TEST_CASE(failed_copy_retries_after_suspend) {
    world w(3);
    for (std::uint64_t i = 0; i < 3; ++i) {
        BOOST_TEST(work(*w.log) == i);
        w.log->set_sync(region{i}, i != 1);
    }
    BOOST_TEST(work(*w.log) == nothing);
    w.log->begin_recovery();
    BOOST_TEST(work(*w.log) == 1u);
    w.log->begin_recovery();
    BOOST_TEST(!w.log->outstanding().has_value());
}

struct from_the_end : recovery_policy {
    std::optional<region> choose(const region_log& log, region) override {
        if (pause) return std::nullopt;
        for (std::uint64_t i = log.regions().count(); i-- > 0;)
            if (log.is_wanted(region{i})) return region{i};
        return region{0};
    }
    bool pause = false;
};

BOOST_AUTO_TEST_CASE(policy_chooses_order_or_waits) {
    world w(3);
    from_the_end policy;
    BOOST_TEST(work(*w.log, &policy) == 2u);
    policy.pause = true;
    BOOST_TEST(work(*w.log, &policy) == 2u);
    w.log->set_sync(region{2}, true);
    BOOST_TEST(work(*w.log, &policy) == nothing);
    policy.pause = false;
    BOOST_TEST(work(*w.log, &policy) == 1u);
}

struct out_of_range : recovery_policy {
    std::optional<region> choose(const region_log&, region) override { return region{1000}; }
};

BOOST_AUTO_TEST_CASE(policy_choosing_unwanted_region_gets_none) {
    world w(3);
    out_of_range policy;
    BOOST_TEST(work(*w.log, &policy) == nothing);
    BOOST_TEST(work(*w.log) == 0u);
}

BOOST_AUTO_TEST_CASE(hint_until_in_sync_below_count) {
    world w(2);
    BOOST_TEST(w.log->hint().value() == 1u);
    w.log->set_sync(region{0}, true);
    BOOST_TEST(w.log->hint().value() == 1u);
    w.log->set_sync(region{1}, true);
    BOOST_TEST(w.log->hint().value() == 2u);
    world one(1);
    BOOST_TEST(one.log->hint().value() == 0u);
}

BOOST_AUTO_TEST_CASE(contradictory_bits_become_dirty) {
    world w(4, true);
    w.sync[0] = 0b0101;
    w.clean[0] = 0b0011;
    w.changed[0] = 0;
    w.outstanding = 77;
    w.restart();
    BOOST_TEST(w.clean[0] == 0b0001u);
    BOOST_TEST(w.changed[0] == 0b1110u);
    BOOST_TEST(w.outstanding == 0u);
    BOOST_TEST(w.log->in_sync().count() == 2u);
}

BOOST_AUTO_TEST_CASE(random_requests_match_plain_sets) {
    for (unsigned seed = 1; seed <= 50; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            std::mt19937 random(seed);
            world w(1 + random() % 200, random() % 2 == 0);
            std::vector<bool> clean(w.count.count(), w.log->is_all_in_sync()), sync(clean);
            for (int step = 0; step < 500; ++step) {
                const std::uint64_t i = random() % w.count.count();
                switch (random() % 5) {
                    case 0: w.log->mark(region{i}), clean[i] = false; break;
                    case 1: w.log->clear(region{i}), clean[i] = clean[i] || sync[i]; break;
                    case 2: w.log->set_sync(region{i}, true), sync[i] = true; break;
                    case 3: w.log->set_sync(region{i}, false), clean[i] = sync[i] = false; break;
                    case 4: w.restart(); break;
                }
                BOOST_REQUIRE(w.log->in_sync().count() == static_cast<std::uint64_t>(std::ranges::count(sync, true)));
                BOOST_REQUIRE(w.log->is_clean(region{i}) == clean[i]);
                BOOST_REQUIRE(w.log->is_in_sync(region{i}) == sync[i]);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
