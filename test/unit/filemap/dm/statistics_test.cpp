#include <filemap/dm/simulated_kernel.hpp>
#include <filemap/dm/statistics.hpp>

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <string>
#include <vector>

using namespace filemap;
using namespace std::literals;

namespace {

/// Records messages and returns prepared answers.
class recording_kernel final : public dm::kernel {
public:
    struct sent_message {
        device_id device;
        std::string text;
        std::size_t answer_size;
    };

    result<std::string> message(device_id device, std::string_view text, std::size_t answer_size) override {
        sent.push_back({device, std::string(text), answer_size});
        return answer;
    }

    std::vector<sent_message> sent;
    result<std::string> answer = std::string();
};

struct fixture {
    recording_kernel kernel;
    dm::statistics statistics{kernel, {254, 7}};

    /// Returns the message that a call sent.
    std::string creation(const dm::region_spec& spec) {
        kernel.answer = "0"s;
        (void)statistics.create(spec);
        return kernel.sent.back().text;
    }

    error_code creation_answered(std::string answer) {
        kernel.answer = std::move(answer);
        const auto id = statistics.create({.range = {sectors{0}, sectors{8}}});
        return id ? error_code() : std::as_const(id).error().code;
    }
};

constexpr sector_range range{sectors{16}, sectors{8}};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(statistics_messages, fixture)

BOOST_AUTO_TEST_CASE(create_always_sends_the_option_count) {
    BOOST_TEST(creation({.range = range}) == "@stats_create 16+8 8 0 dmstats -");
    BOOST_TEST(creation({.range = range, .step = sectors{2}, .program_id = "5", .aux = "7"}) ==
               "@stats_create 16+8 2 0 5 7");
    BOOST_TEST((kernel.sent.back().device == device_id{254, 7}));
}

BOOST_AUTO_TEST_CASE(create_sends_options_and_their_count) {
    BOOST_TEST(creation({.range = range, .options = {.precise_timestamps = true}}) ==
               "@stats_create 16+8 8 1 precise_timestamps dmstats -");
    BOOST_TEST(creation({.range = range, .options = {.histogram = "1,2"}}) ==
               "@stats_create 16+8 8 1 histogram:1,2 dmstats -");
    BOOST_TEST(creation({.range = range, .options = {.precise_timestamps = true, .histogram = "1,2 3"}}) ==
               "@stats_create 16+8 8 2 precise_timestamps histogram:1,2\\ 3 dmstats -");
}

BOOST_AUTO_TEST_CASE(create_escapes_text_and_empty_tokens) {
    BOOST_TEST(creation({.range = range, .program_id = "my prog", .aux = "DMS_GROUP=\"\xc3\xa0\":0#-\n"}) ==
               "@stats_create 16+8 8 0 my\\ prog DMS_GROUP=\"\xc3\\\xa0\":0#-\\\n");
    BOOST_TEST(creation({.range = range, .program_id = "", .aux = ""}) == "@stats_create 16+8 8 0 - -");
}

BOOST_AUTO_TEST_CASE(create_accepts_only_an_id) {
    kernel.answer = "2147483647"s;
    BOOST_TEST(statistics.create({.range = range}).value().value() == 2147483647U);
    for (const char* answer : {"", "x", "1x", " 1", "1 ", "1\n", "-1", "01", "2147483648", "99999999999999999999"})
        BOOST_TEST((creation_answered(answer) == errc::answer_malformed), answer);
}

BOOST_AUTO_TEST_CASE(region_messages_name_region) {
    kernel.answer = ""s;
    statistics.remove(region_id{7}).value();
    statistics.clear(region_id{8}).value();
    statistics.set_aux(region_id{9}, "a b").value();
    (void)statistics.print(region_id{10});
    (void)statistics.print_clear(region_id{11});
    const std::vector<std::string> expected{"@stats_delete 7", "@stats_clear 8", "@stats_set_aux 9 a\\ b",
                                            "@stats_print 10", "@stats_print_clear 11"};
    BOOST_REQUIRE_EQUAL(kernel.sent.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) BOOST_TEST(kernel.sent[i].text == expected[i]);
}

BOOST_AUTO_TEST_CASE(list_reserves_expected_size) {
    (void)statistics.list({});
    BOOST_TEST(kernel.sent.back().text == "@stats_list");
    BOOST_TEST(kernel.sent.back().answer_size == 0U);
    kernel.answer = "0: 0+8 8 my prog " + std::string(100'000, 'x') + "\n";
    BOOST_TEST(statistics.list("my prog", 120'000).value().text_size() == kernel.answer->size());
    BOOST_TEST(kernel.sent.back().text == "@stats_list my\\ prog");
    BOOST_TEST(kernel.sent.back().answer_size == 120'000U);
}

BOOST_AUTO_TEST_CASE(kernel_failures_are_returned) {
    const error_code gone(ENXIO, boost::system::system_category());
    kernel.answer = failure(gone, "there");
    BOOST_TEST(statistics.create({.range = range}).error().code == gone);
    BOOST_TEST(statistics.remove(region_id{0}).error().code == gone);
    BOOST_TEST(statistics.clear(region_id{0}).error().code == gone);
    BOOST_TEST(statistics.list({}).error().code == gone);
    BOOST_TEST(statistics.print(region_id{0}).error().code == gone);
    BOOST_TEST(statistics.print_clear(region_id{0}).error().code == gone);
    BOOST_TEST(statistics.set_aux(region_id{0}, "x").error().text() == "there: " + gone.message());
}

BOOST_AUTO_TEST_CASE(malformed_answers_are_failures) {
    kernel.answer = "nonsense"s;
    BOOST_TEST((statistics.list({}).error().code == errc::answer_malformed));
    BOOST_TEST((statistics.print(region_id{0}).error().code == errc::answer_malformed));
    BOOST_TEST((statistics.print_clear(region_id{0}).error().code == errc::answer_malformed));
}

BOOST_AUTO_TEST_SUITE_END()
