#include "model/commit_plan.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace dirtylog {
namespace {

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

BOOST_AUTO_TEST_SUITE(commit_plan_suite)

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
