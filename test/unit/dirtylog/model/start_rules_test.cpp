#include "model/start_rules.hpp"

#include <boost/test/unit_test.hpp>

namespace dirtylog {
namespace {

BOOST_AUTO_TEST_SUITE(start_rules_suite)

BOOST_AUTO_TEST_CASE(start_follows_facts) {
    struct row {
        start_facts facts;
        start_source source;
    };
    using enum backend_kind;
    using enum journal_state;
    using before = predecessor;
    const row table[] = {
        {{core, false, false, before::none, never_used}, start_source::fresh},
        {{core, true, false, before::none, never_used}, start_source::unknown},
        {{core, true, false, before::suspended, never_used}, start_source::unknown},
        {{core, true, true, before::none, never_used}, start_source::live},
        {{core, false, true, before::working, never_used}, start_source::live},
        {{core, false, false, before::suspended, never_used}, start_source::predecessor},
        {{core, false, false, before::working, never_used}, start_source::unknown},
        {{disk, false, false, before::none, never_used}, start_source::fresh},
        {{disk, false, false, before::none, whole}, start_source::journal},
        {{disk, false, false, before::none, damaged}, start_source::unknown},
        {{disk, false, false, before::none, foreign}, start_source::unknown},
        {{disk, true, false, before::none, whole}, start_source::unknown},
        {{disk, true, true, before::none, damaged}, start_source::live},
        {{disk, false, false, before::suspended, whole}, start_source::predecessor},
        {{disk, false, false, before::working, whole}, start_source::journal},
        {{disk, false, false, before::working, never_used}, start_source::unknown},
    };
    for (const row& each : table) BOOST_TEST((decide_start(each.facts) == each.source), &each - table);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
