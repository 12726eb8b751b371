// Decisions on the kernel's texts, and the choice of the next region to copy.

#include "common/cli/startup_error.hpp"
#include "dmdirtylogd/dm/mirror_line.hpp"
#include "dmdirtylogd/process/startup_checks.hpp"
#include "dmdirtylogd/resync/recovery_order.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace {

using namespace dmdirtylogd;
using dirtylog::region;
using dirtylog::region_count;
using strings = std::vector<std::string>;

const std::string kernels_own =
    "sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode\n"
    "0000000000000000 11  0          00000000 0 0 0 2 0 10\n";
const std::string listener = "0000000000000000 11  4294963201 00000040 0 0 0 2 0 999999999\n";

std::string refusal_of(const std::string& table, unsigned long own) {
    try {
        require_connector_in(table, own);
    } catch (const app::startup_error& why) {
        return why.what();
    }
    return "(accepted)";
}

/// A log of eight regions, none in sync.
struct some_regions {
    std::vector<std::uint64_t> clean{0}, sync{0}, changed{0};
    std::uint64_t outstanding = 0;
    dirtylog::region_log log{region_count{8}, {clean, sync, changed, &outstanding}};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(parts_test)

BOOST_AUTO_TEST_CASE(legs_follow_log_in_line) {
    const mirror_line two{"m1", {"1:0", "254:3"}};
    BOOST_TEST((parse_mirror_line("userspace 3 m1 core 1024 2 1:0 0 254:3 2048") == two));
    BOOST_TEST(
        (parse_mirror_line("userspace 6 m1 integrated_flush disk 2 64 nosync 2 1:0 0 254:3 0 1 handle_errors") == two));
    for (const char* other :
         {"core 1 1024 2 1:0 0 1:1 0", "", "userspace", "userspace x m1", "userspace 3 m1 core 1024",
          "userspace 3 m1 core 1024 2 1:0 0", "userspace 0 2 1:0 0 1:1 0"})
        BOOST_TEST(!parse_mirror_line(other).has_value(), other);
}

BOOST_AUTO_TEST_CASE(other_listener_or_namespace_is_refused) {
    BOOST_TEST(refusal_of(kernels_own, 0) == "(accepted)");
    BOOST_TEST(refusal_of(kernels_own + listener, 999999999) == "(accepted)");
    BOOST_TEST(refusal_of(kernels_own + listener, 7).find("port 4294963201") != std::string::npos);
    BOOST_TEST(refusal_of(listener, 999999999).find("network namespace") != std::string::npos);
    BOOST_TEST(refusal_of("", 0).find("network namespace") != std::string::npos);
}

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
