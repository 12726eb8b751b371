#include "common/http/router.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(control_routes_test)

BOOST_AUTO_TEST_CASE(star_matches_absolute_path) {
    BOOST_TEST((app::control::match("/a", "/a") == ""));
    BOOST_TEST((app::control::match("/a*", "/a/b/c") == "/b/c"));
    BOOST_TEST((app::control::match("/a*/z", "/a/b/z") == "/b"));
    BOOST_TEST((app::control::match("/a*/z", "/a/z/z") == "/z"));
    for (const auto& [pattern, path] : {std::pair{"/a", "/ab"}, {"/a*", "/a"}, {"/a*", "/ab"}, {"/a*/z", "/a/z"}})
        BOOST_TEST(!app::control::match(pattern, path).has_value(), pattern << " and " << path);
}

BOOST_AUTO_TEST_CASE(braces_stand_for_a_word) {
    using words = std::vector<std::string_view>;
    BOOST_TEST((app::control::match_words("/a/{}", "/a/b") == words{"b"}));
    BOOST_TEST((app::control::match_words("/a/{}/z/{}", "/a/b%2Fc/z/d") == words{"b%2Fc", "d"}));
    BOOST_TEST((app::control::match_words("/a", "/a") == words{}));
    for (const auto& [pattern, path] :
         {std::pair{"/a/{}", "/a/"}, {"/a/{}", "/a/b/c"}, {"/a/{}/z", "/a/b"}, {"/a/{}/z", "/b/b/z"}, {"/a/{}", ""}})
        BOOST_TEST(!app::control::match_words(pattern, path).has_value(), pattern << " and " << path);
}

BOOST_AUTO_TEST_SUITE_END()
