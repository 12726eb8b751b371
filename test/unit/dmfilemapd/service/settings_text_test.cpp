#include "dmfilemapd/service/settings_text.hpp"

#include "common/cli/startup_error.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace dmfilemapd;

namespace {

file_settings changed_everywhere() {
    file_settings settings;
    settings.follow = filemap::fs::follow_mode::inode;
    settings.alias = "{path}";
    settings.program_id = "mine";
    settings.counting = {.precise_timestamps = true, .histogram = "1000,50000"};
    settings.regions = {.rule = filemap::region_rule::exact, .max_regions = 7};
    settings.interval = std::chrono::milliseconds{100};
    settings.tolerance = std::chrono::milliseconds{1500};
    settings.verify = std::chrono::seconds{5};
    settings.delete_on_exit = true;
    settings.absent = absence::fail;
    return settings;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(settings_suite)

BOOST_AUTO_TEST_CASE(settings_in_words_are_read_back) {
    for (const file_settings& settings : {file_settings{}, changed_everywhere()}) {
        BOOST_TEST((settings_from({}, settings_in_words(settings)) == settings));
        BOOST_TEST((settings_from(changed_everywhere(), settings_in_words(settings)) == settings));
    }
}

BOOST_AUTO_TEST_CASE(millisecond_histogram_round_trips) {
    file_settings settings;
    settings.counting.histogram = "1,10";
    const auto words = settings_in_words(settings);
    const auto bounds = std::ranges::find(words, "bounds", &control::setting::key);
    BOOST_REQUIRE((bounds != words.end()));
    BOOST_TEST(std::get<std::string>(bounds->value) == "1ms,10ms");
    BOOST_TEST((settings_from({}, words) == settings));
}

BOOST_AUTO_TEST_CASE(missing_settings_use_defaults) {
    BOOST_TEST((settings_from(changed_everywhere(), {}) == changed_everywhere()));
    file_settings expected = changed_everywhere();
    expected.follow = filemap::fs::follow_mode::path;
    BOOST_TEST((settings_from(changed_everywhere(), {{"follow", std::string("path")}}) == expected));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
    const auto refusal_of = [](control::setting given) -> std::string {
        try {
            static_cast<void>(settings_from({}, {std::move(given)}));
        } catch (const app::usage_error& wrong) {
            return wrong.what();
        }
        return {};
    };
    BOOST_TEST(refusal_of({"intervall", std::string("1s")}) == "unknown key 'intervall'; did you mean 'interval'?");
    BOOST_TEST(refusal_of({"precise", std::string("yes")}) == "precise: must be true or false, not a string");
    BOOST_TEST(refusal_of({"path", std::string("/x")}).starts_with("unknown key 'path'"));
    BOOST_TEST(refusal_of({"max-regions", std::int64_t{-1}}).starts_with("max-regions"));
    BOOST_TEST(refusal_of({"follow", std::string("both")}).starts_with("follow"));
}

BOOST_AUTO_TEST_SUITE_END()
