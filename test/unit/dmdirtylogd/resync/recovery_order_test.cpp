#include "dmdirtylogd/resync/recovery_order.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <vector>

namespace {

using namespace dmdirtylogd;
using dirtylog::region;
using dirtylog::region_count;

/// A log of eight regions, none in sync.
struct some_regions {
    std::vector<std::uint64_t> clean{0}, sync{0}, changed{0};
    std::uint64_t outstanding = 0;
    dirtylog::region_log log{region_count{8}, {clean, sync, changed, &outstanding}};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(recovery_order_suite)

BOOST_AUTO_TEST_CASE(descending_order_restarts_after_suspend) {
    some_regions of;
    descending_order policy;
    std::vector<std::uint64_t> order;
    of.log.set_sync(region{6}, true);
    for (int i = 0; i < 3; ++i) {
        const auto next = of.log.next_work(&policy);
        BOOST_TEST_REQUIRE(next.has_value());
        order.push_back(next->value());
        of.log.set_sync(*next, i != 0);
    }
    BOOST_TEST(order == (std::vector<std::uint64_t>{7, 5, 4}), boost::test_tools::per_element());
    // The region that failed to copy.
    of.log.begin_recovery();
    BOOST_TEST(of.log.next_work(&policy)->value() == 3U);
    of.log.set_sync(region{3}, true);
    for (const std::uint64_t next : {2U, 1U, 0U, 7U}) {
        BOOST_TEST(of.log.next_work(&policy)->value() == next);
        of.log.set_sync(region{next}, true);
    }
    BOOST_TEST(!of.log.next_work(&policy).has_value());
}

BOOST_AUTO_TEST_CASE(rate_limit_reports_due_time) {
    using namespace std::chrono_literals;
    some_regions of;
    rate_limited::clock::time_point now{100s};
    std::vector<rate_limited::clock::time_point> told;
    rate_limited policy(
        std::make_unique<descending_order>(), 2s, [&](auto due) { told.push_back(due); }, [&] { return now; });
    BOOST_TEST(of.log.next_work(&policy)->value() == 7U);
    // The same region until it is copied.
    BOOST_TEST(of.log.next_work(&policy)->value() == 7U);
    of.log.set_sync(region{7}, true);
    now += 1999ms;
    BOOST_TEST(!of.log.next_work(&policy).has_value());
    BOOST_TEST((told == std::vector{rate_limited::clock::time_point{102s}}));
    now += 1ms;
    BOOST_TEST(of.log.next_work(&policy)->value() == 6U);
    // Missed requests are not made up for.
    of.log.set_sync(region{6}, true);
    now += 1h;
    BOOST_TEST(of.log.next_work(&policy)->value() == 5U);
    of.log.set_sync(region{5}, true);
    BOOST_TEST(!of.log.next_work(&policy).has_value());
    BOOST_TEST((told.back() == now + 2s));
}

BOOST_AUTO_TEST_SUITE_END()
