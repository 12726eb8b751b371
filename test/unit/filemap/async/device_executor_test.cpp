#include "async/device_executor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace filemap;
namespace asio = boost::asio;

namespace {

constexpr device_id first_device{253, 0}, second_device{253, 1};

}  // namespace

BOOST_AUTO_TEST_SUITE(ioctl_executor_suite)

BOOST_AUTO_TEST_CASE(jobs_of_one_device_run_serially) {
    asio::io_context io;
    asio::thread_pool pool{4};
    device_executor executor(io.get_executor(), pool.get_executor());
    std::atomic<int> inside = 0;
    std::vector<int> order;
    bool overlapped = false;
    int completed = 0;
    for (int i = 0; i < 1000; ++i) {
        executor.async_run(
            first_device,
            [&, i](auto) {
                if (++inside > 1) overlapped = true;
                order.push_back(i);
                --inside;
            },
            [&](std::exception_ptr thrown, std::chrono::nanoseconds) {
                BOOST_TEST(!thrown);
                ++completed;
            });
    }
    io.run();
    BOOST_TEST(completed == 1000);
    BOOST_TEST(!overlapped);
    BOOST_TEST(std::is_sorted(order.begin(), order.end()));
}

BOOST_AUTO_TEST_CASE(jobs_of_two_devices_overlap) {
    asio::io_context io;
    asio::thread_pool pool{2};
    device_executor executor(io.get_executor(), pool.get_executor());
    std::mutex mutex;
    std::condition_variable condition;
    int met = 0;
    // Each job waits for the other, so the test would hang if the jobs ran one after the other.
    const auto meet = [&](auto) {
        std::unique_lock lock(mutex);
        ++met;
        condition.notify_all();
        condition.wait(lock, [&] { return met == 2; });
    };
    int completed = 0;
    executor.async_run(first_device, meet, [&](std::exception_ptr, std::chrono::nanoseconds) { ++completed; });
    executor.async_run(second_device, meet, [&](std::exception_ptr, std::chrono::nanoseconds) { ++completed; });
    io.run();
    BOOST_TEST(completed == 2);
}

BOOST_AUTO_TEST_CASE(job_exception_reaches_handler) {
    asio::io_context io;
    asio::thread_pool pool{1};
    device_executor executor(io.get_executor(), pool.get_executor());
    const auto loop = std::this_thread::get_id();
    bool told = false;
    executor.async_run(
        first_device, [](auto) { throw std::runtime_error("thrown"); },
        [&](std::exception_ptr thrown, std::chrono::nanoseconds) {
            told = true;
            BOOST_TEST((std::this_thread::get_id() == loop));
            BOOST_CHECK_THROW(std::rethrow_exception(thrown), std::runtime_error);
        });
    io.run();
    BOOST_TEST(told);
}

BOOST_AUTO_TEST_CASE(pending_calls_name_their_device) {
    asio::io_context io;
    asio::thread_pool pool{1};
    int busy = 0;
    device_executor executor(io.get_executor(), pool.get_executor(), [&] { ++busy; });
    std::mutex mutex;
    std::condition_variable condition;
    bool begun = false, released = false;
    const auto wait = [&](auto) {
        std::unique_lock lock(mutex);
        begun = true;
        condition.notify_all();
        condition.wait(lock, [&] { return released; });
    };
    BOOST_TEST(executor.pending().empty());
    const auto before = std::chrono::steady_clock::now();
    const auto ignore = [](std::exception_ptr, std::chrono::nanoseconds) {};
    executor.async_run(first_device, wait, ignore);
    executor.async_run(
        second_device, [](auto) {}, ignore);
    {
        std::unique_lock lock(mutex);
        condition.wait(lock, [&] { return begun; });
    }
    const auto calls = executor.pending();
    const auto now = std::chrono::steady_clock::now();
    BOOST_TEST_REQUIRE(calls.size() == 2U);
    BOOST_TEST((calls[0].device == first_device && calls[0].running && calls[0].answers == 0));
    BOOST_TEST((calls[1].device == second_device && !calls[1].running));
    for (const pending_call& call : calls) BOOST_TEST((before <= call.since && call.since <= now));
    BOOST_TEST(busy == 1);
    {
        const std::lock_guard lock(mutex);
        released = true;
    }
    condition.notify_all();
    io.run();
    BOOST_TEST(executor.pending().empty());

    io.restart();
    executor.async_run(
        first_device, [](auto) {}, ignore);
    BOOST_TEST(busy == 2);
    io.run();
}

BOOST_AUTO_TEST_CASE(pending_call_has_start_time) {
    asio::io_context io;
    asio::thread_pool pool{1};
    device_executor executor(io.get_executor(), pool.get_executor());
    std::vector<pending_call> seen_first, seen_second;
    std::chrono::steady_clock::time_point first_done;
    const auto ignore = [](std::exception_ptr, std::chrono::nanoseconds) {};
    executor.async_run(
        first_device,
        [&](auto) {
            seen_first = executor.pending();
            first_done = std::chrono::steady_clock::now();
        },
        ignore);
    executor.async_run(
        first_device, [&](auto) { seen_second = executor.pending(); }, ignore);
    io.run();
    BOOST_TEST_REQUIRE(seen_first.size() == 1U);
    BOOST_TEST_REQUIRE(seen_second.size() == 1U);
    BOOST_TEST(seen_second[0].running);
    BOOST_TEST((seen_first[0].since <= first_done && first_done <= seen_second[0].since));
}

BOOST_AUTO_TEST_CASE(job_gets_start_and_cost) {
    asio::io_context io;
    asio::thread_pool pool{1};
    device_executor executor(io.get_executor(), pool.get_executor());
    const auto before = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point begun_at, worked_until;
    std::chrono::nanoseconds worked{};
    // The work takes long enough to show in the processor time of its thread.
    const auto work = [&](std::chrono::steady_clock::time_point now) {
        begun_at = now;
        const std::clock_t first = std::clock();
        while (std::clock() - first < CLOCKS_PER_SEC / 50) {
        }
        worked_until = std::chrono::steady_clock::now();
    };
    executor.async_run(first_device, work, [&](std::exception_ptr, std::chrono::nanoseconds cost) { worked = cost; });
    io.run();
    BOOST_TEST((before <= begun_at && begun_at < worked_until));
    BOOST_TEST(worked.count() > 0);

    // A waiting job uses no processor time.
    std::mutex mutex;
    std::condition_variable condition;
    std::chrono::nanoseconds waited{};
    const auto wait = [&](auto) {
        const auto waits_from = std::chrono::steady_clock::now();
        std::unique_lock lock(mutex);
        condition.wait_for(lock, std::chrono::milliseconds{20}, [] { return false; });
        waited = std::chrono::steady_clock::now() - waits_from;
    };
    executor.async_run(first_device, wait, [&](std::exception_ptr, std::chrono::nanoseconds cost) { worked = cost; });
    io.restart();
    io.run();
    BOOST_TEST((worked < waited));
}

BOOST_AUTO_TEST_SUITE_END()
