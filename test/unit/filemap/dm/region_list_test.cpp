#include <filemap/dm/region_list.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

using namespace filemap;
using dm::region_list;
using dm::region_row;

namespace {

region_list parsed(std::string answer, std::string_view program = {}) {
    return region_list::parse(std::move(answer), program).value();
}

/// Formats a row as a line: "ID START+LEN STEP [PROGRAM] [AUX] OPTIONS".
std::string summary(const region_list& list) {
    std::string text;
    for (const region_row& row : list.rows()) {
        text += std::to_string(row.id.value()) + ' ' + to_string(row.range) + ' ' + std::to_string(row.step.count());
        text.append(" [").append(row.program_id).append("] [").append(row.aux).append("]");
        if (row.precise_timestamps) text += " precise";
        if (!row.histogram.empty()) text.append(" ").append(row.histogram);
        text += '\n';
    }
    return text;
}

bool is_malformed(std::string answer, std::string_view program = {}) {
    const auto list = region_list::parse(std::move(answer), program);
    return list.has_error() && list.error().code == errc::answer_malformed;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(region_list_parser)

BOOST_AUTO_TEST_CASE(empty_answer_has_no_rows) {
    BOOST_TEST(parsed("").rows().empty());
    BOOST_TEST(parsed("", "dmstats").rows().empty());
    BOOST_TEST(!region_list().find(region_id{0}));
    BOOST_TEST(region_list().text_size() == 0U);
}

BOOST_AUTO_TEST_CASE(kernel_rows_are_parsed) {
    const std::string answer =
        "0: 80+8 8 dmstats DMS_GROUP=plain:0-1#-\n1: 88+16 4 dmstats -\n"
        "7: 18446744073709551607+8 8 - x precise_timestamps histogram:1,20,18446744073709551615\n";
    const auto list = parsed(answer);
    BOOST_TEST(summary(list) ==
               "0 80+8 8 [dmstats] [DMS_GROUP=plain:0-1#-]\n1 88+16 4 [dmstats] [-]\n"
               "7 18446744073709551607+8 8 [-] [x] precise 1,20,18446744073709551615\n");
    BOOST_TEST(list.text_size() == answer.size());
}

BOOST_AUTO_TEST_CASE(find_returns_row_or_nothing) {
    const auto list = parsed("0: 0+8 8 p a\n2: 0+8 8 p b\n9: 0+8 8 p c\n");
    BOOST_REQUIRE(list.find(region_id{2}).has_value());
    BOOST_TEST(list.find(region_id{2})->aux == "b");
    for (const std::uint64_t id : {1U, 3U, 10U}) BOOST_TEST(!list.find(region_id{id}));
}

BOOST_AUTO_TEST_CASE(moved_list_keeps_views) {
    // Short strings lie within the string object, which a move relocates.
    auto list = parsed("0: 0+1 1 p a\n");
    const region_list moved = std::move(list);
    const auto kept = std::make_unique<region_list>(parsed("0: 0+1 1 q b\n"));
    BOOST_TEST(summary(moved) == "0 0+1 1 [p] [a]\n");
    BOOST_TEST(summary(*kept) == "0 0+1 1 [q] [b]\n");
}

BOOST_AUTO_TEST_CASE(requested_program_matches_whole_name) {
    BOOST_TEST(summary(parsed("0: 0+8 8 my own prog a b\n", "my own prog")) == "0 0+8 8 [my own prog] [a b]\n");
    BOOST_TEST(summary(parsed("0: 0+8 8 my own prog a b\n")) == "0 0+8 8 [my] [own prog a b]\n");
    BOOST_TEST(summary(parsed("0: 0+8 8 p\n1: 0+8 8 q x\n", "p\n1: 0+8 8 q")) == "0 0+8 8 [p\n1: 0+8 8 q] [x]\n");
    BOOST_TEST(is_malformed("0: 0+8 8 dmstatsx -\n", "dmstats"));
    BOOST_TEST(is_malformed("0: 0+8 8 dmstats\n", "dmstats"));
}

BOOST_AUTO_TEST_CASE(foreign_program_with_blanks_is_parsed) {
    BOOST_TEST(summary(parsed("0: 0+8 8  p a\n1: 0+8 8 x\ny b\n2: 0+8 8 p -\n")) ==
               "0 0+8 8 [] [p a]\n1 0+8 8 [x] [\ny b]\n2 0+8 8 [p] [-]\n");
}

BOOST_AUTO_TEST_CASE(aux_keeps_blanks_and_line_ends) {
    BOOST_TEST(summary(parsed("0: 0+8 8 p  a  b \n1: 0+8 8 p \n\nx\n\n2: 0+8 8 p 3: \n", "p")) ==
               "0 0+8 8 [p] [ a  b ]\n1 0+8 8 [p] [\n\nx\n]\n2 0+8 8 [p] [3: ]\n");
}

BOOST_AUTO_TEST_CASE(options_come_from_row_end) {
    BOOST_TEST(summary(parsed("0: 0+8 8 p a precise_timestamps b\n1: 0+8 8 p a\n2 histogram:1,2\n"
                              "5: 0+8 8 p x precise_timestamps precise_timestamps\n")) ==
               "0 0+8 8 [p] [a precise_timestamps b]\n1 0+8 8 [p] [a\n2] 1,2\n"
               "5 0+8 8 [p] [x precise_timestamps] precise\n");
}

BOOST_AUTO_TEST_CASE(aux_resembling_option_stays_aux) {
    for (const std::string aux :
         {"precise_timestamps", "histogram:1,2", "x histogram:", "x histogram:2,1", "x histogram:0", "x histogram:1,",
          "x histogram:1,,2", "x histogram:01", "x histogram:1 precise", "xprecise_timestamps",
          "x histogram:18446744073709551616", "precise_timestamps "})
        BOOST_TEST(summary(parsed("0: 0+8 8 p " + aux + "\n", "p")) == "0 0+8 8 [p] [" + aux + "]\n");
}

BOOST_AUTO_TEST_CASE(impossible_rows_are_text) {
    for (const std::string line : {"0: 0+8 8 p x",
                                   "1: 0+8 8 q x",
                                   "1: 0+0 8 p x",
                                   "1: 0+8 0 p x",
                                   "01: 0+8 8 p x",
                                   "1: 00+8 8 p x",
                                   "1:0+8 8 p x",
                                   "1: 0+8  8 p x",
                                   "1: 0-8 8 p x",
                                   "1: +0+8 8 p x",
                                   "-1: 0+8 8 p x",
                                   "2147483648: 0+8 8 p x",
                                   "18446744073709551616: 0+8 8 p x",
                                   "1: 18446744073709551615+1 1 p x",
                                   "1: 0+18446744073709551616 1 p x",
                                   "1: 0+8 99999999999999999999 p x",
                                   "1: 0+8 8 p",
                                   "1: 0+8 8",
                                   "1: 0+8",
                                   "1: 0",
                                   "1:",
                                   "1",
                                   ":",
                                   ""})
        BOOST_TEST(summary(parsed("0: 0+8 8 p a\n" + line + "\n2: 0+8 8 p b\n", "p")) ==
                   "0 0+8 8 [p] [a\n" + line + "]\n2 0+8 8 [p] [b]\n");
}

BOOST_AUTO_TEST_CASE(answer_without_row_is_malformed) {
    for (const char* answer : {"\n", "x", "0", "0:", "0: 0+8", "0: 0+8 8", "0: 0+0 1 p -\n", "0: 0+8 0 p -\n",
                               "a\n0: 0+8 8 p -\n", "2147483648: 0+8 8 p -\n", "0: 1+18446744073709551615 1 p -\n"})
        BOOST_TEST(is_malformed(answer), answer);
}

BOOST_AUTO_TEST_CASE(failure_quotes_row_escaped) {
    const auto list = region_list::parse("\x1b[31m\"\\" + std::string(200, 'x') + "\nsecond\n", "");
    BOOST_REQUIRE(list.has_error());
    BOOST_TEST(list.error().context == "row \"\\x1b[31m\\\"\\\\" + std::string(73, 'x') + "\"... of @stats_list");
}

BOOST_AUTO_TEST_CASE(truncated_answer_is_partly_parsed) {
    const std::string whole = "0: 0+8 8 p a\n1: 8+8 8 p b precise_timestamps histogram:1,2\n";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const auto list = region_list::parse(whole.substr(0, size), "p");
        // The head of a row has eleven bytes, including the blank after the program's name.
        BOOST_TEST(list.has_value() == (size == 0 || size >= 11), size);
        if (list) BOOST_TEST(list->rows().size() <= 2U);
    }
}

BOOST_AUTO_TEST_CASE(large_aux_is_kept) {
    for (const char filler : {'x', '\n', ' ', '1'}) {
        const std::string aux(4'000'000, filler);
        const auto list = parsed("0: 0+8 8 p x" + aux + "\n1: 0+8 8 p -\n", "p");
        BOOST_REQUIRE_EQUAL(list.rows().size(), 2U);
        BOOST_TEST((list.rows()[0].aux == "x" + aux));
    }
}

BOOST_AUTO_TEST_SUITE_END()
