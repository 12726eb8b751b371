#include "support/dm_bench.hpp"

#include <cstdint>
#include <numeric>
#include <vector>

namespace filemap::test {
namespace {

/// The counters_text that do not depend on time, "reads sectors_read writes sectors_written" of each area.
std::string counters_text(const std::vector<dm::area_counters>& areas) {
    std::string text;
    for (const auto& [area, counted] : areas) {
        if (!text.empty()) text += ", ";
        text += std::to_string(counted.reads) + ' ' + std::to_string(counted.sectors_read.count()) + ' ' +
                std::to_string(counted.writes) + ' ' + std::to_string(counted.sectors_written.count());
    }
    return text;
}

std::string counters_text(bench& b, region_id region) {
    return counters_text(b.typed().print(region).value());
}

// Counting.

void print_of_an_idle_region_is_zeros(bench& b) {
    b.answer("@stats_create 0+100 30 0 p");
    b.answer("@stats_create 7+3 10 1 histogram:1,2 p");
    BOOST_TEST(b.answer("@stats_print 0") ==
               "0+30 0 0 0 0 0 0 0 0 0 0 0 0 0\n30+30 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
               "60+30 0 0 0 0 0 0 0 0 0 0 0 0 0\n90+30 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
    BOOST_TEST(b.answer("@stats_print 1") == "7+10 0 0 0 0 0 0 0 0 0 0 0 0 0 0:0:0\n");
}

void print_takes_a_choice_of_areas(bench& b) {
    b.answer("@stats_create 0+4 1 0 p");
    const auto row = [](int start) { return std::to_string(start) + "+1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"; };
    BOOST_TEST(b.answer("@stats_print 0 1 2") == row(1) + row(2));
    BOOST_TEST(b.answer("@stats_print 0 - 1") == row(0));
    BOOST_TEST(b.answer("@stats_print 0 2 -") == row(2) + row(3));
    BOOST_TEST(b.answer("@stats_print 0 3 18446744073709551615") == row(3));
    BOOST_TEST(b.answer("@stats_print 0 1 0").empty());
    BOOST_TEST(b.answer("@stats_print 0 4 1").empty());
    BOOST_TEST(b.answer("@stats_print 0 18446744073709551615 1").empty());
}

void io_counts_where_it_lies(bench& b) {
    const auto inside = b.typed().create({.range = {sectors{64}, sectors{64}}}).value();
    const auto overlapping = b.typed().create({.range = {sectors{100}, sectors{100}}}).value();
    b.write(72, 8);
    b.read(72, 16);
    b.read(120, 16);
    b.write(0, 64);
    b.read(128, 8);
    BOOST_TEST(counters_text(b, inside) == "2 24 1 8");
    BOOST_TEST(counters_text(b, overlapping) == "2 24 0 0");
}

void io_over_several_areas_counts_once_in_each(bench& b) {
    const auto region = b.typed().create({.range = {sectors{100}, sectors{35}}, .step = sectors{10}}).value();
    b.read(104, 8);
    b.write(96, 64);
    BOOST_TEST(counters_text(b, region) == "1 6 1 10, 1 2 1 10, 0 0 1 10, 0 0 1 5");
}

void io_before_creation_is_not_counted(bench& b) {
    b.write(0, 8);
    BOOST_TEST(counters_text(b, b.typed().create({.range = {sectors{0}, sectors{8}}}).value()) == "0 0 0 0");
}

void histogram_holds_every_io_once(bench& b) {
    dm::region_spec spec{.range = {sectors{0}, sectors{64}}, .step = sectors{32}};
    spec.options = {.precise_timestamps = true, .histogram = "1,1000,60000000000"};
    const auto region = b.typed().create(spec).value();
    b.read(0, 8);
    b.write(24, 16);
    b.write(32, 8);
    const auto areas = b.typed().print(region).value();
    BOOST_TEST(counters_text(areas) == "1 8 1 8, 0 0 2 16");
    for (const auto& [area, counted] : areas) {
        BOOST_TEST(counted.histogram.size() == 4u);
        BOOST_TEST(std::accumulate(counted.histogram.begin(), counted.histogram.end(), std::uint64_t{0}) == 2u);
        BOOST_TEST(counted.histogram[3] == 0u);
        BOOST_TEST(counted.in_flight == 0u);
    }
}

void print_clear_subtracts_what_it_printed(bench& b) {
    const auto region = b.typed().create({.range = {sectors{0}, sectors{32}}, .step = sectors{16}}).value();
    b.write(8, 16);
    b.read(0, 8);
    BOOST_TEST(counters_text(b.typed().print_clear(region).value()) == "1 8 1 8, 0 0 1 8");
    BOOST_TEST(counters_text(b, region) == "0 0 0 0, 0 0 0 0");
    b.read(16, 8);
    BOOST_TEST(counters_text(b.typed().print_clear(region).value()) == "0 0 0 0, 1 8 0 0");
}

void print_clear_of_some_areas_leaves_the_others(bench& b) {
    const auto region = b.typed().create({.range = {sectors{0}, sectors{24}}, .step = sectors{8}}).value();
    b.write(0, 24);
    BOOST_TEST(b.answer("@stats_print_clear 0 1 1").starts_with("8+8 0 0 0 0 1 "));
    BOOST_TEST(counters_text(b, region) == "0 0 1 8, 0 0 0 0, 0 0 1 8");
}

void clear_zeroes_all_areas(bench& b) {
    const auto region = b.typed().create({.range = {sectors{0}, sectors{32}}, .step = sectors{8}}).value();
    b.write(0, 32);
    BOOST_TEST(b.answer("@stats_clear 0").empty());
    BOOST_TEST(counters_text(b, region) == "0 0 0 0, 0 0 0 0, 0 0 0 0, 0 0 0 0");
}

void set_aux_leaves_the_counters(bench& b) {
    const auto region = b.typed().create({.range = {sectors{0}, sectors{8}}}).value();
    b.read(0, 8);
    b.typed().set_aux(region, "new").value();
    BOOST_TEST(counters_text(b, region) == "1 8 0 0");
}

// Large answers.

void list_of_hundreds_of_regions_and_a_large_aux_is_whole(bench& b) {
    auto regions = b.typed();
    const std::string large = std::string(100'000, 'x') + ' ' + std::string(100'000, 'y');
    constexpr std::uint64_t count = 600;
    for (std::uint64_t i = 0; i < count; ++i) {
        dm::region_spec spec{.range = {sectors{i * 8}, sectors{8}}};
        if (i == 300) spec.aux = large;
        BOOST_REQUIRE_EQUAL(regions.create(spec).value().value(), i);
    }
    for (const std::size_t hint : {0u, 1u, 300'000u}) {
        const auto text = b.kernel().message(b.device(), "@stats_list dmstats", hint).value();
        const auto list = dm::region_list::parse(text, "dmstats").value();
        BOOST_REQUIRE_EQUAL(list.rows().size(), count);
        BOOST_TEST((list.rows()[300].aux == large));
        BOOST_TEST((list.rows().back().range == sector_range{sectors{(count - 1) * 8}, sectors{8}}));
    }
}

void print_clear_of_a_large_answer_loses_nothing(bench& b) {
    constexpr std::uint64_t areas = 4000;
    const auto region = b.typed().create({.range = {sectors{0}, sectors{areas * 8}}, .step = sectors{8}}).value();
    for (const std::uint64_t area : {std::uint64_t{0}, areas / 2, areas - 1}) b.write(area * 8, 8);
    const auto printed = b.typed().print_clear(region).value();
    BOOST_REQUIRE_EQUAL(printed.size(), areas);
    std::uint64_t writes = 0;
    for (const auto& [area, counted] : printed) writes += counted.writes;
    BOOST_TEST(writes == 3u);
    BOOST_TEST(printed.back().counted.writes == 1u);
    for (const auto& [area, counted] : b.typed().print(region).value()) BOOST_REQUIRE_EQUAL(counted.writes, 0u);
}

void message_longer_than_the_usual_buffer_arrives(bench& b) {
    auto regions = b.typed();
    const auto region = regions.create({.range = {sectors{0}, sectors{8}}}).value();
    for (const std::size_t length : {16'000u, 16'384u, 1'000'000u}) {
        const std::string aux(length, ' ');
        regions.set_aux(region, aux).value();
        const auto list = regions.list("dmstats").value();
        BOOST_REQUIRE_EQUAL(list.rows().size(), 1u);
        BOOST_TEST((list.rows()[0].aux == aux), length);
    }
}

constexpr dm_case cases[] = {
    DM_CASE(print_of_an_idle_region_is_zeros),
    DM_CASE(print_takes_a_choice_of_areas),
    DM_CASE(io_counts_where_it_lies),
    DM_CASE(io_over_several_areas_counts_once_in_each),
    DM_CASE(io_before_creation_is_not_counted),
    DM_CASE(histogram_holds_every_io_once),
    DM_CASE(print_clear_subtracts_what_it_printed),
    DM_CASE(print_clear_of_some_areas_leaves_the_others),
    DM_CASE(clear_zeroes_all_areas),
    DM_CASE(set_aux_leaves_the_counters),
    DM_CASE(list_of_hundreds_of_regions_and_a_large_aux_is_whole),
    DM_CASE(print_clear_of_a_large_answer_loses_nothing),
    DM_CASE(message_longer_than_the_usual_buffer_arrives),
};

}  // namespace

std::span<const dm_case> dm_counting_cases() {
    return cases;
}

}  // namespace filemap::test
