#include "model/start_rules.hpp"

#include <boost/test/unit_test.hpp>

namespace dirtylog {
namespace {

BOOST_AUTO_TEST_SUITE(start_rules_suite)

BOOST_AUTO_TEST_CASE(start_follows_facts) {
    struct row {
        start_facts facts;
        start from;
    };
    using enum backend_kind;
    using enum journal_state;
    using before = predecessor;
    const row table[] = {
        {{core, false, false, before::none, never_used}, start::fresh},
        {{core, true, false, before::none, never_used}, start::unknown},
        {{core, true, false, before::suspended, never_used}, start::unknown},
        {{core, true, true, before::none, never_used}, start::live},
        {{core, false, true, before::working, never_used}, start::live},
        {{core, false, false, before::suspended, never_used}, start::predecessor},
        {{core, false, false, before::working, never_used}, start::unknown},
        {{disk, false, false, before::none, never_used}, start::fresh},
        {{disk, false, false, before::none, whole}, start::journal},
        {{disk, false, false, before::none, damaged}, start::unknown},
        {{disk, false, false, before::none, foreign}, start::unknown},
        {{disk, true, false, before::none, whole}, start::unknown},
        {{disk, true, true, before::none, damaged}, start::live},
        {{disk, false, false, before::suspended, whole}, start::predecessor},
        {{disk, false, false, before::working, whole}, start::journal},
        {{disk, false, false, before::working, never_used}, start::unknown},
    };
    for (const row& each : table) BOOST_TEST((decide_start(each.facts) == each.from), &each - table);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
