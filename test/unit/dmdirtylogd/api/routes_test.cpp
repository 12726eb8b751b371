#include "common/client/client.hpp"
#include "unit/dmdirtylogd/log_fixture.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using namespace filemap::test;
using boost::beast::http::verb;
using strings = std::vector<std::string>;

std::unique_ptr<fake_logs> one_log(const std::string& uuid = "m1") {
    auto logs = std::make_unique<fake_logs>();
    logs->add(uuid);
    return logs;
}

app::ctl::reply ask(const log_world& in, verb method, const std::string& target, const std::string& body = {}) {
    return app::ctl::client(in.path, "test/1").ask(method, target, body);
}

boost::json::object object_in(const app::ctl::reply& got) {
    return boost::json::parse(got.body).as_object();
}

void is_refused(const app::ctl::reply& got, unsigned status, std::string_view detail) {
    BOOST_TEST(static_cast<unsigned>(got.status) == status, got.body);
    BOOST_TEST(got.body.find(detail) != std::string::npos, got.body);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_test)

BOOST_AUTO_TEST_CASE(status_reports_counters) {
    auto logs = one_log();
    logs->counts.requests = 7;
    logs->counts.waited = 2;
    logs->counts.wait_time = std::chrono::milliseconds{6};
    const log_world in(std::move(logs));
    const auto status = object_in(ask(in, verb::get, "/v1/status"));
    BOOST_TEST(status.at("logs").as_int64() == 1);
    BOOST_TEST(status.at("requests").to_number<int>() == 7);
    BOOST_TEST(status.at("mean_wait_us").as_int64() == 3000);
    BOOST_TEST(status.at("socket_is_kept").as_bool());
}

BOOST_AUTO_TEST_CASE(logs_are_sorted_by_name) {
    auto logs = one_log("z");
    logs->add("a");
    const log_world in(std::move(logs));
    const auto got = object_in(ask(in, verb::get, "/v1/logs")).at("logs").as_array();
    BOOST_TEST_REQUIRE(got.size() == 2U);
    BOOST_TEST(got[0].at("uuid").as_string() == "a");
    BOOST_TEST(got[0].at("in_sync").to_number<int>() == 100);
    BOOST_TEST(got[0].at("regions").to_number<int>() == 128);
}

BOOST_AUTO_TEST_CASE(working_log_of_two_is_reported) {
    auto logs = one_log();
    logs->all[0].phase = dirtylog::log_phase::superseded;
    logs->add("m1", 2);
    logs->names = {"monday"};
    const log_world in(std::move(logs));
    const auto got = object_in(ask(in, verb::get, "/v1/logs/m1"));
    BOOST_TEST(got.at("state").as_string() == "working");
    BOOST_TEST(got.at("checkpoints").as_array().size() == 1U);
}

BOOST_AUTO_TEST_CASE(encoded_name_is_decoded) {
    const log_world in(one_log("a/b c"));
    BOOST_TEST(static_cast<unsigned>(ask(in, verb::get, "/v1/logs/a%2Fb%20c").status) == 200U);
    is_refused(ask(in, verb::get, "/v1/logs/a/b"), 404, "there is nothing at");
    is_refused(ask(in, verb::get, "/v1/logs/%zz"), 400, "bad percent-encoding");
}

BOOST_AUTO_TEST_CASE(checkpoints_are_created_and_forgotten) {
    const log_world in(one_log());
    BOOST_TEST(static_cast<unsigned>(ask(in, verb::post, "/v1/logs/m1/checkpoints", R"({"name":"a/b"})").status) ==
               200U);
    BOOST_TEST(static_cast<unsigned>(ask(in, verb::delete_, "/v1/logs/m1/checkpoints/a%2Fb").status) == 200U);
    BOOST_TEST(in.service->told() == (strings{"begin m1 a/b", "forget m1 a/b"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(failure_names_its_cause) {
    const std::pair<int, unsigned> cases[] = {{EEXIST, 409}, {EBUSY, 409},  {ENODEV, 409},
                                              {ENOENT, 404}, {EINVAL, 422}, {EIO, 500}};
    for (const auto& [error, status] : cases) {
        auto logs = one_log();
        logs->answer = dirtylog::errno_failure(error, "why");
        const log_world in(std::move(logs));
        const auto got = ask(in, verb::post, "/v1/logs/m1/checkpoints", R"({"name":"n"})");
        BOOST_TEST(static_cast<unsigned>(got.status) == status, got.body);
    }
}

BOOST_AUTO_TEST_CASE(invalid_request_reaches_no_log) {
    const log_world in(one_log());
    for (const char* body : {"{}", "[]", R"({"name":1})", R"({"name":"a","more":1})"})
        BOOST_TEST(static_cast<unsigned>(ask(in, verb::post, "/v1/logs/m1/checkpoints", body).status) == 400U, body);
    is_refused(ask(in, verb::get, "/v1/logs/m1/changes"), 400, "no parameter \\\"since\\\"");
    is_refused(ask(in, verb::get, "/v1/logs/m1/changes?until=x"), 400, "unknown parameter 'until'");
    is_refused(ask(in, verb::get, "/v1/status?since=x"), 400, "unknown parameter 'since'");
    is_refused(ask(in, verb::get, "/v1/logs/m2"), 404, "no log 'm2'");
    is_refused(ask(in, verb::get, "/v1/logs/m2/changes?since=x"), 404, "no log 'm2'");
    is_refused(ask(in, verb::post, "/v1/logs/m2/checkpoints", R"({"name":"n"})"), 404, "no log 'm2'");
    is_refused(ask(in, verb::delete_, "/v1/logs/m2/checkpoints/n"), 404, "no log 'm2'");
    is_refused(ask(in, verb::delete_, "/v1/logs/m1"), 405, "there is only GET");
    BOOST_TEST(in.service->told().empty());
}

BOOST_AUTO_TEST_CASE(many_changes_are_complete) {
    auto logs = one_log();
    dirtylog::changes many;
    for (std::uint64_t i = 0; i < 5000; ++i) {
        many.ranges.push_back({filemap::sectors{2 * i}, filemap::sectors{1}});
        many.total += filemap::sectors{1};
    }
    logs->answer = many;
    const log_world in(std::move(logs));
    const auto got = object_in(ask(in, verb::get, "/v1/logs/m1/changes?since=a%20b"));
    BOOST_TEST(got.at("since").as_string() == "a b");
    BOOST_TEST(!got.at("everything").as_bool());
    BOOST_TEST(got.at("changed_sectors").to_number<int>() == 5000);
    BOOST_TEST_REQUIRE(got.at("ranges").as_array().size() == 5000U);
    BOOST_TEST(got.at("ranges").as_array()[4999].at("start").to_number<int>() == 9998);
}

BOOST_AUTO_TEST_CASE(lost_state_reports_everything_with_reason) {
    auto logs = one_log();
    logs->answer = dirtylog::all_of(logs->all[0].shape);
    const log_world in(std::move(logs));
    const auto got = object_in(ask(in, verb::get, "/v1/logs/m1/changes?since=a"));
    BOOST_TEST(got.at("everything").as_bool());
    BOOST_TEST(got.contains("reason"));
    BOOST_TEST(got.at("ranges").as_array()[0].at("length").to_number<int>() == 131072);
}

BOOST_AUTO_TEST_SUITE_END()
