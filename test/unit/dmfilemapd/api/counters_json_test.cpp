// Tests the JSON form of the counters.

#include "dmfilemapd/api/counters_json.hpp"

#include "unit/dmfilemapd/api/api_fixture.hpp"
#include "unit/dmfilemapd/metrics/sample_snapshot.hpp"

#include <boost/asio/post.hpp>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <utility>

namespace {

using namespace filemap::test;
namespace json = boost::json;

std::string all_of(std::shared_ptr<const metrics::snapshot> taken, std::size_t piece = 4096) {
    control::counters_json figures(std::move(taken));
    std::string all;
    for (std::string text = figures.next(piece); !text.empty(); text = figures.next(piece)) all += text;
    return all;
}

std::shared_ptr<metrics::snapshot> snapshot_of(std::vector<metrics::file_sample> files) {
    auto taken = sample_snapshot();
    taken->files = std::move(files);
    taken->taken_at = taken->started_at;
    for (auto& file : taken->files) {
        if (file.counters) file.counters->read_at = taken->started_at - std::chrono::milliseconds{125};
    }
    return taken;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(counters_test)

BOOST_AUTO_TEST_CASE(counters_are_live_and_retired_together) {
    BOOST_TEST(
        all_of(snapshot_of({sample_file("/srv/x"), file_with_bounds("/srv/y")})) ==
        R"({"time":1790000000.25,"files":[
{"path":"/srv/x","device":"254:3","group":0,"regions":2,"extents":3,"bridged_bytes":8192,"inferred_written_bytes":32768,)"
        R"("counters":{"time":1790000000.125,"reads":13,"read_bytes":53248,"read_seconds":0.507,"writes":2,)"
        R"("written_bytes":1024,"write_seconds":1,"io_seconds":0.9,"weighted_io_seconds":1.1,"in_flight":1,"latency":[]}},
{"path":"/srv/y","device":"254:3","group":0,"regions":2,"extents":3,"bridged_bytes":8192,"inferred_written_bytes":32768,)"
        R"("counters":{"time":1790000000.125,"reads":13,"read_bytes":53248,"read_seconds":0.000000507,"writes":2,)"
        R"("written_bytes":1024,"write_seconds":0.000001,"io_seconds":0.0000009,"weighted_io_seconds":0.0000011,)"
        R"("in_flight":1,"latency":[{"below_seconds":0.0005,"ios":5},{"below_seconds":1,"ios":7},{"ios":3}]}}
]}
)");
}

BOOST_AUTO_TEST_CASE(missing_values_are_left_out) {
    BOOST_TEST(all_of(snapshot_of({})) == "{\"time\":1790000000.25,\"files\":[\n]}\n");
    metrics::file_sample bare = sample_file("/srv/x");
    bare.group.reset();
    bare.counters.reset();
    BOOST_TEST(
        all_of(snapshot_of({bare})) ==
        "{\"time\":1790000000.25,\"files\":[\n"
        R"({"path":"/srv/x","device":"254:3","regions":2,"extents":3,"bridged_bytes":8192,"inferred_written_bytes":32768})"
        "\n]}\n");
}

BOOST_AUTO_TEST_CASE(chunk_size_does_not_change_text) {
    std::vector<metrics::file_sample> files;
    for (const char* name : hostile_names) files.push_back(file_with_bounds(name));
    const auto taken = snapshot_of(std::move(files));
    const std::string whole = all_of(taken, 1 << 20);
    for (const std::size_t size : {1U, 100U, 1000U}) {
        BOOST_TEST(all_of(taken, size) == whole);
        control::counters_json figures(taken);
        BOOST_TEST(figures.next(size).size() < size + 4096);
    }
    const json::value parsed = json::parse(whole);
    const json::array& told = parsed.at("files").as_array();
    BOOST_TEST_REQUIRE(told.size() == std::size(hostile_names));
    for (std::size_t at = 0; at < told.size(); ++at) {
        // A path that is UTF-8 has no encoded member.
        const json::object& file = told[at].as_object();
        if (!file.contains("path_encoded")) BOOST_TEST(file.at("path").as_string() == hostile_names[at]);
    }
    BOOST_TEST(whole.find(R"("path_encoded":"/srv/%FF%FE")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(they_are_answered_on_the_socket) {
    world in;
    int reads = 0;
    in.service.source.post = [&](std::function<void()> answer) {
        ++reads;
        boost::asio::post(in.events, std::move(answer));
    };
    in.service.source.put("/srv/a").counters->live.reads = 5;
    in.service.source.put("/srv/b");
    in.service.source.unreadable = {"/srv/b"};
    raw_client client(in);
    client.send("HEAD /v1/counters HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(client.receive(true).status == 200u);
    BOOST_TEST(reads == 0);
    const auto before = std::chrono::system_clock::now();
    const answer got = ask(in, "GET /v1/counters");
    BOOST_TEST(got.status == 200u);
    BOOST_TEST(got.type == "application/json");
    const json::value told = json::parse(got.body);
    BOOST_TEST(told.at("time").to_number<double>() >=
               std::chrono::duration<double>(before.time_since_epoch()).count() - 0.001);
    BOOST_TEST_REQUIRE(told.at("files").as_array().size() == 2U);
    BOOST_TEST(told.at("files").at(0).at("counters").at("reads").to_number<int>() == 5);
    BOOST_TEST(!told.at("files").at(1).as_object().contains("counters"));
    is_problem(ask(in, "POST /v1/counters"), 405, "GET, HEAD");
}

BOOST_AUTO_TEST_SUITE_END()
