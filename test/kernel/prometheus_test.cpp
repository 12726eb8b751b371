// A real Prometheus scrapes the service, and its queries return the bytes written.

#include "kernel/served.hpp"
#include "support/http.hpp"

#include <boost/json.hpp>

#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>
#include <utility>

namespace filemap::test {
namespace {

namespace json = boost::json;

constexpr const char* address_of_service = "127.0.0.1:9797";
constexpr const char* address_of_prometheus = "127.0.0.1:9090";
constexpr std::uint16_t port_of_service = 9797, port_of_prometheus = 9090;
constexpr const char* directory_of_prometheus = "/run/prometheus_test";
constexpr std::uint64_t bytes_a_second = 16 * KiB, seconds_of_rate = 300;
// Prometheus discovers its targets five seconds after its start.
constexpr seconds scrape_bound{60};

/// Returns the series of a query.
json::array answer(const std::string& query, const std::string& time = {}) {
    std::string target = "/api/v1/query?query=";
    constexpr char digits[] = "0123456789ABCDEF";
    for (const char c : query) target.append({'%', digits[(c >> 4) & 15], digits[c & 15]});
    if (!time.empty()) target += "&time=" + time;
    const std::string body = http_get(port_of_prometheus, target);
    if (body.empty()) return {};
    return json::parse(body).at("data").at("result").as_array();
}

/// Returns "value", or "values" of a range, for a path; nothing without a series.
std::optional<json::value> answer(const std::string& query, const std::string& path, const char* member,
                                  const std::string& time = {}) {
    for (const json::value& series : answer(query, time)) {
        const json::object& labels = series.at("metric").as_object();
        if (const auto* label = labels.if_contains("path"); label && label->as_string() == path)
            return series.at(member);
    }
    return std::nullopt;
}

/// A number as Prometheus writes it, without its time; empty if there is no such series.
std::string number(const std::string& query, const std::string& path, const std::string& time = {}) {
    const auto value = answer(query, path, "value", time);
    return value ? std::string(value->at(1).as_string()) : std::string();
}

class prometheus {
public:
    prometheus() {
        std::filesystem::remove_all(directory_of_prometheus);
        std::filesystem::create_directories(directory_of_prometheus);
        const std::string configuration = std::string(directory_of_prometheus) + "/prometheus.yml";
        std::ofstream(configuration) << "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
                                        "rule_files: ['" FILEMAP_RULES
                                        "']\n"
                                        "scrape_configs: [{job_name: dmfilemapd, static_configs: [{targets: ['"
                                     << address_of_service << "']}]}]\n";
        running_.emplace(std::vector<std::string>{"prometheus", "--config.file=" + configuration,
                                                  std::string("--storage.tsdb.path=") + directory_of_prometheus,
                                                  std::string("--web.listen-address=") + address_of_prometheus,
                                                  "--log.level=warn"});
    }

    [[nodiscard]] std::string log() const { return running_->printed(); }

private:
    std::optional<background_program> running_;
};

bool has_prometheus() {
    const bool has = run_program({"sh", "-c", "command -v prometheus && command -v promtool"}).status == 0;
    if (!has) std::cout << "skipped: there is no prometheus (Debian package prometheus)\n";
    return has;
}

/// Names of files that could break a page or a query, and their escaped form on the page.
const std::pair<std::string, std::string> hostile_names[] = {
    {"\"} 1\n# EOF", "\"} 1\\n# EOF"},
    {"\n# TYPE x counter\n", "\\n# TYPE x counter\\n"},
    {"say \"hi\"", "say \"hi\""},
    {"\\", "\\\\"},
    {"\\n", "\\\\n"},
    {"\xff\xfe", "\\xff\\xfe"},
    {"caf\xe9", "caf\\xe9"},
    // The escaped form of the name before, as a name of its own.
    {"caf\\xe9", "caf\\\\xe9"},
    {"caf\xc3\xa9", "caf\xc3\xa9"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
    {"\t\r\x01\x7f", "\\t\\x0d\\x01\\x7f"},
    {"{path=\"x\"}", "{path=\"x\"}"},
    {", $(id) '", ", $(id) '"},
};

std::size_t samples_of(const std::string& figure, const std::string& page) {
    std::size_t count = 0;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) count += line.starts_with(figure + '{');
    return count;
}

BOOST_AUTO_TEST_SUITE(prometheus_server)

BOOST_AUTO_TEST_CASE(queries_return_bytes_and_rates) {
    if (!has_prometheus()) return;
    served by;
    const std::string quoted = "the \"b\" file";
    for (const std::string& name : {std::string("a"), quoted}) {
        served::edit(name).allocate(0, 0, MiB);
        served::edit(name).write_and_sync(0, MiB);
    }
    run_or_throw({"sync"});
    by.configure({{"a", ""}, {quoted, ""}}, std::string("[metrics]\naddress = '") + address_of_service + "'\n");
    by.start();
    by.in_sync("a");

    const prometheus server;
    const std::string counter = "filemap_written_bytes_total", path = served::at("a");
    BOOST_TEST_REQUIRE(wait_until([&] { return number(counter, path) == "0"; }, scrape_bound), server.log()
                                                                                                   << by.log());
    constexpr std::uint64_t written = bytes_a_second * seconds_of_rate;
    for (std::uint64_t i = 0; i < written / (64 * KiB); ++i) served::edit("a").write_direct(0, 64 * KiB, 16 * KiB);
    BOOST_TEST_REQUIRE(wait_until([&] { return number(counter, path) == std::to_string(written); }, scrape_bound),
                       number(counter, path) << server.log() << by.log());
    BOOST_TEST(number("filemap_writes_completed_total", path) == std::to_string(written / (16 * KiB)));
    BOOST_TEST(number("filemap_inferred_written_bytes_total", path) == "0");
    BOOST_TEST(number(counter, served::at(quoted)) == "0");

    // A rate is exact only for a counter that started at zero, up to a time at which it was scraped.
    const std::string range = '[' + std::to_string(seconds_of_rate) + "s]";
    const auto samples = answer(counter + range, path, "values");
    BOOST_TEST_REQUIRE(samples.has_value());
    BOOST_TEST(samples->as_array().front().at(1).as_string() == "0");
    const std::string last_read = json::serialize(samples->as_array().back().at(0));
    BOOST_TEST(number("rate(" + counter + range + ')', path, last_read) == std::to_string(bytes_a_second));

    // The rules that are installed as examples.
    BOOST_TEST(wait_until([&] { return !number("path:filemap_written_bytes:rate5m > 0", path).empty(); }, scrape_bound),
               server.log());
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(hostile_names_are_separate_series) {
    if (!has_prometheus()) return;
    served by;
    for (const auto& [bytes, told] : hostile_names) served::make("globs/" + bytes + ".img");
    by.configure({}, std::string("[metrics]\naddress = '") + address_of_service + "'\n");
    by.start();
    std::string page;
    BOOST_TEST_REQUIRE(wait_until(
                           [&] {
                               page = http_get(port_of_service, "/metrics");
                               return samples_of("filemap_written_bytes_total", page) == std::size(hostile_names);
                           },
                           reaction_bound),
                       page << by.log());
    const std::string file = "/run/prometheus_test.page";
    std::ofstream(file) << page;
    const program_result checked = run_program({"sh", "-c", "promtool check metrics < \"$0\"", file});
    BOOST_TEST(checked.status == 0, checked.out << checked.err << page);
    std::filesystem::remove(file);

    const prometheus server;
    for (const auto& [bytes, told] : hostile_names) {
        const std::string path = served::at("globs/" + told + ".img");
        BOOST_TEST(wait_until([&] { return number("filemap_regions", path) == "1"; }, scrape_bound),
                   path << server.log() << by.log());
    }
    BOOST_TEST(answer("filemap_regions").size() == std::size(hostile_names));
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
