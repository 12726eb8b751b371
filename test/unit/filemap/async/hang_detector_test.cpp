#include "async/hang_detector.hpp"

#include <boost/test/unit_test.hpp>

using namespace filemap;
using namespace std::chrono_literals;

namespace {

constexpr device_id first_device{253, 0}, second_device{253, 1};

constexpr hang_detector::time_point at_second(int second) {
    return hang_detector::time_point{} + std::chrono::seconds(second);
}

constexpr pending_call running(device_id device, std::uint64_t answers, int since) {
    return {device, answers, true, at_second(since)};
}

constexpr pending_call waiting(device_id device, std::uint64_t answers, int since) {
    return {device, answers, false, at_second(since)};
}

struct fixture {
    using remarks = std::vector<hang_detector::remark>;

    remarks at(int second, std::vector<pending_call> calls) { return watch.observe(calls, at_second(second)); }

    static bool is_one(const remarks& said, hang_detector::state state, device_id device, std::chrono::seconds since) {
        return said.size() == 1 && said[0].is == state && said[0].device == device && said[0].since == since;
    }
    static bool hangs(const remarks& said, device_id device, std::chrono::seconds since) {
        return is_one(said, hang_detector::state::hangs, device, since);
    }
    static bool answers(const remarks& said, device_id device, std::chrono::seconds since) {
        return is_one(said, hang_detector::state::answers_again, device, since);
    }
    static bool waits(const remarks& said, device_id device, std::chrono::seconds since) {
        return is_one(said, hang_detector::state::waits_for_thread, device, since);
    }

    hang_detector watch{5s};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hang_watch_suite, fixture)

BOOST_AUTO_TEST_CASE(hang_and_answer_are_reported) {
    const pending_call call = running(first_device, 7, 1);
    BOOST_TEST(at(1, {call}).empty());
    BOOST_TEST(at(5, {call}).empty());
    BOOST_TEST(hangs(at(6, {call}), first_device, 5s));
    BOOST_TEST(at(100, {call}).empty());
    BOOST_TEST(answers(at(101, {}), first_device, 100s));
    BOOST_TEST(at(102, {}).empty());
}

BOOST_AUTO_TEST_CASE(earlier_call_is_reported_in_time) {
    BOOST_TEST(hangs(at(6, {running(first_device, 0, 1)}), first_device, 5s));
}

BOOST_AUTO_TEST_CASE(answered_calls_are_not_reported) {
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(at(4 * i, {running(first_device, static_cast<std::uint64_t>(i), 4 * i - 1)}).empty());
}

BOOST_AUTO_TEST_CASE(devices_are_told_apart) {
    BOOST_TEST(at(3, {running(first_device, 0, 0), running(second_device, 0, 3)}).empty());
    BOOST_TEST(hangs(at(5, {running(first_device, 0, 0), running(second_device, 1, 4)}), first_device, 5s));
    BOOST_TEST(answers(at(6, {running(second_device, 1, 4)}), first_device, 6s));
    BOOST_TEST(hangs(at(10, {running(second_device, 1, 4)}), second_device, 6s));
}

BOOST_AUTO_TEST_CASE(second_hang_is_not_reported_again) {
    BOOST_TEST(hangs(at(5, {running(first_device, 0, 0)}), first_device, 5s));
    BOOST_TEST(at(8, {running(first_device, 1, 7)}).empty());
    BOOST_TEST(at(20, {running(first_device, 1, 7)}).empty());
    BOOST_TEST(answers(at(21, {running(first_device, 9, 21)}), first_device, 21s));
    BOOST_TEST(hangs(at(26, {running(first_device, 9, 21)}), first_device, 5s));
}

BOOST_AUTO_TEST_CASE(waiting_for_thread_is_no_hang) {
    BOOST_TEST(at(4, {waiting(first_device, 0, 0)}).empty());
    BOOST_TEST(waits(at(5, {waiting(first_device, 0, 0)}), first_device, 5s));
    BOOST_TEST(at(100, {waiting(first_device, 0, 0)}).empty());
    BOOST_TEST(at(101, {}).empty());
}

BOOST_AUTO_TEST_CASE(hang_time_excludes_waiting) {
    BOOST_TEST(at(1, {waiting(first_device, 0, 0)}).empty());
    BOOST_TEST(at(101, {running(first_device, 0, 100)}).empty());
    BOOST_TEST(hangs(at(105, {running(first_device, 0, 100)}), first_device, 5s));
}

BOOST_AUTO_TEST_SUITE_END()
