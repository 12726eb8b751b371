#include "support/dm_cases.hpp"

#include "support/dm_bench.hpp"

#include <boost/test/unit_test.hpp>

namespace filemap::test {

void add_dm_cases(boost::unit_test::test_suite& to, std::function<std::shared_ptr<dm_fixture>()> fixture) {
    auto* const suite = BOOST_TEST_SUITE("dm_kernel");
    const auto add = [&](const dm_case& each) {
        const auto run = [fixture, function = each.run] {
            const auto made = fixture();
            bench on(*made);
            on.remove_regions();
            function(on);
        };
        suite->add(boost::unit_test::make_test_case(run, each.name, __FILE__, __LINE__));
    };
    for (const dm_case& each : dm_message_cases()) add(each);
    for (const dm_case& each : dm_counting_cases()) add(each);
    to.add(suite);
}

}  // namespace filemap::test
