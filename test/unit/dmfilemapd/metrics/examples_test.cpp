// Checks that the dashboard and the rules in config/ query exported metrics, that Prometheus accepts the queries, and
// that the manual lists the metrics.
#include "dmfilemapd/metrics/metric_families.hpp"
#include "support/process.hpp"
#include "unit/dmfilemapd/metrics/sample_snapshot.hpp"
#include "unit/filemap/fs/scratch_directory.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace filemap::test;
using metrics::format;

namespace {

const std::string dashboard = FILEMAP_CONFIG "/grafana/dmfilemapd.json";
const std::string rules = FILEMAP_CONFIG "/prometheus/dmfilemapd.rules.yml";

std::string contents_of(const std::string& path) {
    std::ifstream file(path);
    BOOST_TEST_REQUIRE(file.good(), path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> queries_of_dashboard() {
    std::vector<std::string> queries;
    const boost::json::value whole = boost::json::parse(contents_of(dashboard));
    for (const auto& panel : whole.at("panels").as_array()) {
        for (const auto& target : panel.at("targets").as_array())
            queries.emplace_back(boost::json::value_to<std::string>(target.at("expr")));
    }
    return queries;
}

// Replaces variables as Grafana does.
std::string filled_in(const std::string& query) {
    std::string filled = std::regex_replace(query, std::regex(R"(\$__rate_interval)"), "1m");
    filled = std::regex_replace(filled, std::regex(R"(\$top)"), "10");
    return std::regex_replace(filled, std::regex(R"(\$(path|device|instance))"), ".*");
}

std::set<std::string> names_told() {
    auto taken = sample_snapshot();
    taken->files.push_back(file_with_bounds("/srv/x"));
    const std::string text = written(taken, format::classic);
    std::set<std::string> names;
    const std::regex sample("(?:^|\n)(filemap_[a-z_]+)");
    for (std::sregex_iterator at(text.begin(), text.end(), sample), end; at != end; ++at) names.insert((*at)[1]);
    return names;
}

void check_names(const std::string& text) {
    const std::set<std::string> told = names_told();
    // The name of a recorded metric has a colon before this part.
    const std::regex name("(^|[^:a-z_])(filemap_[a-z_]+)");
    std::size_t count = 0;
    for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at, ++count)
        BOOST_TEST(told.contains((*at)[2]), (*at)[2]);
    BOOST_TEST(count > 0u);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(examples_test)

BOOST_AUTO_TEST_CASE(dashboard_asks_for_what_is_told) {
    for (const std::string& query : queries_of_dashboard()) check_names(query);
}

BOOST_AUTO_TEST_CASE(rules_ask_for_what_is_told) {
    const std::string text = contents_of(rules);
    const std::regex expression("expr: ([^|\n][^\n]*|\\|\n(?: {10}[^\n]*\n)+)");
    std::size_t count = 0;
    for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at, ++count) {
        if ((*at)[1].str().find("path:") == std::string::npos) check_names((*at)[1]);
    }
    BOOST_TEST(count == 7u);
}

BOOST_AUTO_TEST_CASE(manual_lists_exactly_all_metrics) {
    // The manual omits the suffixes of histograms and summaries.
    std::set<std::string> told;
    for (const std::string& name : names_told())
        told.insert(std::regex_replace(name, std::regex("(seconds)_(bucket|count|sum)$"), "$1"));
    std::set<std::string> entries;
    const std::string page = contents_of(FILEMAP_PAGES "/dmfilemapd-metrics.7");
    const std::regex entry("\n\\.It Cm (filemap_[^\n]*)"), name("filemap_[a-z_]+");
    for (std::sregex_iterator at(page.begin(), page.end(), entry), end; at != end; ++at) {
        const std::string line = (*at)[1];
        for (std::sregex_iterator each(line.begin(), line.end(), name); each != end; ++each)
            entries.insert(each->str());
    }
    BOOST_TEST(entries == told, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(metrics_manual_has_io_counters) {
    const std::string page = contents_of(FILEMAP_PAGES "/dmfilemapd-metrics.7");
    std::size_t counters = 0;
    for (const metrics::file_family& family : metrics::file_families()) {
        const metrics::file_sample unread;
        const bool is_of_io = !family.has(unread) || family.name == "filemap_inferred_written_bytes";
        if (!is_of_io) continue;
        ++counters;
        const std::string name(family.name.substr(std::string_view("filemap_").size()));
        const std::string ending = family.is == metrics::kind::counter ? "_total Ta" : " Ta";
        BOOST_TEST(page.find(" Ta " + name + ending) != page.npos, name);
    }
    BOOST_TEST(counters == 11u);
}

BOOST_AUTO_TEST_CASE(prometheus_takes_both) {
    if (run_program({"sh", "-c", "command -v promtool"}).status != 0) {
        BOOST_TEST_MESSAGE("skipped: there is no promtool (Debian package prometheus)");
        std::cout << "skipped: there is no promtool (Debian package prometheus)\n";
        return;
    }
    const auto check = [](const std::string& path) { return run_program({"promtool", "check", "rules", path}); };
    const program_result of_rules = check(rules);
    BOOST_TEST(of_rules.status == 0, of_rules.out + of_rules.err);

    const scratch_directory directory;
    std::ofstream as_rules(directory / "dashboard.yml");
    as_rules << "groups:\n  - name: dashboard\n    rules:\n";
    int number = 0;
    for (const std::string& query : queries_of_dashboard())
        as_rules << "      - record: query_" << ++number << "\n        expr: " << boost::json::string(filled_in(query))
                 << '\n';
    as_rules.close();
    const program_result of_dashboard = check(directory / "dashboard.yml");
    BOOST_TEST(of_dashboard.status == 0, of_dashboard.out + of_dashboard.err);
}

BOOST_AUTO_TEST_SUITE_END()
