// Runs the program against a server.

#include "support/process.hpp"
#include "unit/dmdirtylogd/log_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace filemap::test;
using strings = std::vector<std::string>;

program_result run(const log_world& in, strings arguments) {
    strings command{FILEMAP_CTL, "--socket", in.path};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run_program(command);
}

std::unique_ptr<fake_logs> one_log(const std::string& uuid = "m1") {
    auto logs = std::make_unique<fake_logs>();
    logs->add(uuid);
    return logs;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(commands_test)

BOOST_AUTO_TEST_CASE(special_names_arrive_unchanged) {
    const log_world in(one_log("LVM-a/b c?%"));
    BOOST_TEST(run(in, {"checkpoint", "LVM-a/b c?%", "d/e & f"}).status == 0);
    BOOST_TEST(run(in, {"forget", "LVM-a/b c?%", "d/e & f"}).status == 0);
    BOOST_TEST(run(in, {"changes", "LVM-a/b c?%", "--since", "d/e & f"}).status == 0);
    BOOST_TEST(in.service->told() ==
                   (strings{"begin LVM-a/b c?% d/e & f", "forget LVM-a/b c?% d/e & f", "changes LVM-a/b c?% d/e & f"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(everything_prints_reason_on_stderr) {
    auto logs = one_log();
    logs->answer = dirtylog::all_of(logs->all[0].shape);
    const log_world in(std::move(logs));
    const auto got = run(in, {"changes", "m1", "--since", "a", "--format", "ranges"});
    BOOST_TEST(got.status == 0);
    BOOST_TEST(got.out == "0 131072\n");
    BOOST_TEST(got.err.starts_with("dmdirtylogctl: everything: no state of checkpoint 'a'"), got.err);
}

BOOST_AUTO_TEST_CASE(status_shows_request_rate) {
    const log_world in(one_log());
    const auto got = run(in, {"status", "m1"});
    BOOST_TEST(got.status == 0);
    BOOST_TEST(got.out.find("requests now: 0 per second\n") != std::string::npos, got.out);
    BOOST_TEST(run(in, {"--json", "status"}).out.starts_with("{\"started_at\""));
}

BOOST_AUTO_TEST_CASE(refusal_exits_with_1) {
    const log_world in(one_log());
    const auto got = run(in, {"status", "m2"});
    BOOST_TEST(got.status == 1);
    BOOST_TEST(got.err == "dmdirtylogctl: no log 'm2'\n");
}

BOOST_AUTO_TEST_SUITE_END()
