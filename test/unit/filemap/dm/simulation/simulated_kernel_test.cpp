#include <filemap/dm/simulated_kernel.hpp>
#include <filemap/dm/statistics.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace filemap;
using dm::io_direction;

namespace {

constexpr device_id first{254, 0};
constexpr device_id second{254, 1};
constexpr std::uint64_t millisecond = 1'000'000;

struct fixture {
    dm::simulated_kernel kernel;
    dm::statistics on_first{kernel, first};
    dm::statistics on_second{kernel, second};

    fixture() {
        kernel.add_device(first, sectors{2048});
        kernel.add_device(second, sectors{4096});
    }

    std::string send(std::string_view text) { return kernel.message(first, text).value(); }
};

dm::region_spec spec_of(std::uint64_t start, std::uint64_t length) {
    return {.range = {sectors{start}, sectors{length}}};
}

const error_code no_memory(ENOMEM, boost::system::system_category());

}  // namespace

BOOST_FIXTURE_TEST_SUITE(simulated_kernel, fixture)

BOOST_AUTO_TEST_CASE(devices_have_own_regions) {
    BOOST_TEST(on_first.create(spec_of(0, 8)).value().value() == 0U);
    BOOST_TEST(on_second.create(spec_of(0, 8)).value().value() == 0U);
    kernel.complete_io(first, io_direction::read, {sectors{0}, sectors{8}});
    BOOST_TEST(on_first.print(region_id{0}).value()[0].counted.reads == 1U);
    BOOST_TEST(on_second.print(region_id{0}).value()[0].counted.reads == 0U);
}

BOOST_AUTO_TEST_CASE(removed_device_loses_regions) {
    kernel.limit_memory(360);
    on_first.create(spec_of(0, 8)).value();
    kernel.remove_device(first);
    BOOST_TEST(on_first.list({}).error().code == boost::system::errc::no_such_device_or_address);
    kernel.complete_io(first, io_direction::read, {sectors{0}, sectors{8}});
    kernel.add_device(first, sectors{8});
    BOOST_TEST(on_first.list({}).value().rows().empty());
    BOOST_TEST(on_first.create(spec_of(0, 8)).has_value());
}

BOOST_AUTO_TEST_CASE(resized_device_keeps_regions) {
    on_first.create(spec_of(0, 2048)).value();
    kernel.add_device(first, sectors{8});
    BOOST_TEST(send("@stats_create - 1000") == "1");
    BOOST_TEST(send("@stats_list") == "0: 0+2048 2048 dmstats -\n1: 0+8 1000 - -\n");
}

BOOST_AUTO_TEST_CASE(memory_is_counted_over_all_devices) {
    kernel.limit_memory(3 * 360 - 1);
    on_first.create(spec_of(0, 8)).value();
    const auto region = on_second.create(spec_of(0, 8)).value();
    BOOST_TEST(on_first.create(spec_of(8, 8)).error().code == no_memory);
    on_second.remove(region).value();
    BOOST_TEST(on_first.create(spec_of(8, 8)).has_value());
}

BOOST_AUTO_TEST_CASE(memory_grows_with_areas_and_histogram) {
    dm::region_spec spec = spec_of(0, 8);
    spec.step = sectors{2};
    kernel.limit_memory(136 + 4 * 224 - 1);
    BOOST_TEST(on_first.create(spec).error().code == no_memory);
    kernel.limit_memory(136 + 4 * 224);
    BOOST_TEST(on_first.create(spec).has_value());
    dm::region_spec with_histogram = spec_of(0, 8);
    with_histogram.options.histogram = "1,2,3";
    kernel.limit_memory(136 + 4 * 224 + 424 - 1);
    BOOST_TEST(on_first.create(with_histogram).error().code == no_memory);
    kernel.limit_memory(136 + 4 * 224 + 424);
    BOOST_TEST(on_first.create(with_histogram).has_value());
}

BOOST_AUTO_TEST_CASE(times_are_milliseconds_or_nanoseconds) {
    on_first.create(spec_of(0, 8)).value();
    dm::region_spec precise = spec_of(0, 8);
    precise.options.precise_timestamps = true;
    on_first.create(precise).value();
    kernel.complete_io(first, io_direction::read, {sectors{0}, sectors{8}}, 2 * millisecond + 5);
    kernel.complete_io(first, io_direction::write, {sectors{0}, sectors{4}}, 7);
    BOOST_TEST(send("@stats_print 0") == "0+8 1 0 8 2 1 0 4 0 0 2 2 2 0\n");
    BOOST_TEST(send("@stats_print 1") == "0+8 1 0 8 2000005 1 0 4 7 0 2000012 2000012 2000005 7\n");
}

BOOST_AUTO_TEST_CASE(histogram_bound_belongs_to_upper_bin) {
    dm::region_spec spec = spec_of(0, 8);
    spec.options.histogram = "1,5";
    on_first.create(spec).value();
    for (const std::uint64_t duration : {0U, 1U, 4U, 5U, 6U})
        kernel.complete_io(first, io_direction::read, {sectors{0}, sectors{1}}, duration * millisecond);
    BOOST_TEST(send("@stats_print_clear 0") == "0+8 5 0 5 16 0 0 0 0 0 16 16 16 0 1:2:2\n");
    BOOST_TEST(send("@stats_print 0") == "0+8 0 0 0 0 0 0 0 0 0 0 0 0 0 0:0:0\n");
}

BOOST_AUTO_TEST_CASE(io_at_last_sector_is_counted) {
    send("@stats_create 18446744073709551607+8 3 0 p");
    kernel.complete_io(first, io_direction::read, {sectors{18446744073709551600U}, sectors{15}});
    BOOST_TEST(on_first.print(region_id{0}).value()[2].counted.sectors_read.count() == 2U);
}

BOOST_AUTO_TEST_CASE(hook_precedes_each_message) {
    std::vector<std::string> seen;
    (void)on_first.list({});
    kernel.before_each_message([&](std::uint64_t ordinal, device_id device, std::string_view text) {
        seen.push_back(std::to_string(ordinal) + ' ' + to_string(device) + ' ' + std::string(text));
        return error_code();
    });
    BOOST_TEST(kernel.messages() == 0U);
    on_second.create(spec_of(0, 8)).value();
    (void)on_first.list("dmstats");
    const std::vector<std::string> expected{"1 254:1 @stats_create 0+8 8 0 dmstats -", "2 254:0 @stats_list dmstats"};
    BOOST_TEST(seen == expected, boost::test_tools::per_element());
    BOOST_TEST(kernel.messages() == 2U);
    kernel.before_each_message(nullptr);
    BOOST_TEST(kernel.messages() == 0U);
    BOOST_TEST(on_first.list({}).has_value());
    BOOST_TEST(kernel.messages() == 1U);
}

BOOST_AUTO_TEST_CASE(hook_error_prevents_message) {
    kernel.before_each_message(
        [](std::uint64_t ordinal, device_id, std::string_view) { return ordinal == 2 ? no_memory : error_code(); });
    on_first.create(spec_of(0, 8)).value();
    const auto refused = on_first.create(spec_of(8, 8));
    BOOST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error().code == no_memory);
    BOOST_TEST(refused.error().context == "@stats_create 8+8 on 254:0");
    BOOST_TEST(on_first.list({}).value().rows().size() == 1U);
}

BOOST_AUTO_TEST_CASE(hook_exception_leaves_kernel_intact) {
    kernel.before_each_message([](std::uint64_t, device_id, std::string_view text) -> error_code {
        if (text.starts_with("@stats_delete")) throw std::runtime_error("killed");
        return {};
    });
    on_first.create(spec_of(0, 8)).value();
    BOOST_CHECK_THROW((void)on_first.remove(region_id{0}), std::runtime_error);
    BOOST_TEST(on_first.list({}).value().rows().size() == 1U);
    BOOST_TEST(kernel.messages() == 3U);
}

BOOST_AUTO_TEST_CASE(hook_may_send_messages) {
    dm::simulated_kernel other;
    other.add_device(first, sectors{8});
    int calls = 0;
    kernel.before_each_message([&](std::uint64_t ordinal, device_id, std::string_view) {
        ++calls;
        if (ordinal == 2) on_first.remove(region_id{0}).value();
        BOOST_TEST(other.message(first, "@stats_list").has_value());
        return error_code();
    });
    on_first.create(spec_of(0, 8)).value();
    BOOST_TEST(on_first.remove(region_id{0}).error().code == boost::system::errc::no_such_file_or_directory);
    BOOST_TEST(calls == 2);
    BOOST_TEST(kernel.messages() == 2U);
    BOOST_TEST(other.messages() == 2U);
}

BOOST_AUTO_TEST_CASE(hook_may_replace_itself) {
    int calls = 0;
    kernel.before_each_message([&](std::uint64_t, device_id, std::string_view) {
        kernel.before_each_message(nullptr);
        ++calls;
        return error_code();
    });
    (void)on_first.list({});
    (void)on_first.list({});
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(threads_may_send_at_once) {
    constexpr int threads = 4;
    constexpr int rounds = 200;
    std::atomic<int> hooked = 0;
    kernel.before_each_message([&](std::uint64_t, device_id, std::string_view) {
        ++hooked;
        return error_code();
    });
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i)
        running.emplace_back([this] {
            for (int round = 0; round < rounds; ++round) {
                kernel.complete_io(first, io_direction::write, {sectors{0}, sectors{8}});
                (void)kernel.message(first, "@stats_create 0+8 8 0 p");
            }
        });
    for (std::thread& thread : running) thread.join();
    BOOST_TEST(on_first.list("p").value().rows().size() == static_cast<std::size_t>(threads * rounds));
    BOOST_TEST(hooked == threads * rounds + 1);
    BOOST_TEST(kernel.messages() == static_cast<std::uint64_t>(threads * rounds + 1));
}

BOOST_AUTO_TEST_SUITE_END()
