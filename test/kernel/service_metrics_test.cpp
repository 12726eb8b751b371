// All outputs of a service report the issued I/O.

#include "kernel/served.hpp"

#include <boost/json.hpp>

#include <cmath>
#include <regex>

namespace filemap::test {
namespace {

constexpr const char* socket_path = "/run/dmfilemapd/control.sock";
constexpr const char* metrics_file = "/run/figures.prom";
constexpr const char* address = "127.0.0.1:9797";

/// The first file may contain counters that are almost a second old.
void await_next_file() {
    const auto last = std::filesystem::last_write_time(metrics_file);
    BOOST_TEST(wait_until([&] { return std::filesystem::last_write_time(metrics_file) != last; }, reaction_bound));
}

/// Metrics of a file on the page, without labels.
using metrics = std::map<std::string, std::string>;

metrics metrics_of(const std::string& name, const std::string& page) {
    metrics all;
    const std::regex sample("([a-z_]+)\\{path=\"([^\"]*)\",device=\"dm-[0-9]+\"\\} (.*)");
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        std::smatch part;
        if (std::regex_match(line, part, sample) && part[2] == served::at(name)) all[part[1]] = part[3];
    }
    return all;
}

std::string curl(const std::vector<std::string>& rest) {
    std::vector<std::string> command{"curl", "--silent", "--show-error", "--fail"};
    command.insert(command.end(), rest.begin(), rest.end());
    return run_or_throw(command);
}

std::string page_of_socket() {
    return curl({"--unix-socket", socket_path, "http://localhost/metrics"});
}

namespace json = boost::json;

std::vector<std::string> top(std::vector<std::string> options) {
    options.insert(options.begin(), {std::filesystem::path(daemon_executable()).parent_path() / "dmfilemapctl", "top"});
    return options;
}

/// Returns a file's object. @param report Output of /v1/counters or dmfilemapctl.
const json::object& file_in(const json::value& report, const std::string& name) {
    for (const json::value& file : report.at("files").as_array()) {
        if (file.at("path").as_string() == served::at(name)) return file.as_object();
    }
    throw std::runtime_error(name + " is not reported");
}

io_counts counts_in(const json::object& file) {
    const json::value& counters = file.at("counters");
    const auto count = [&](const char* key) { return counters.at(key).to_number<std::uint64_t>(); };
    return {count("reads"), count("read_bytes") / 512, count("writes"), count("written_bytes") / 512};
}

std::string page_of_file() {
    std::ifstream in(metrics_file);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Counters of each group as reported by dmstats, which clears them.
std::map<std::string, io_counts> reported_by_dmstats() {
    const std::string report = run_or_throw(
        {"dmstats", "report", "--group", "--noheadings", "--separator", "|", "--units", "s", "--nosuffix", "-o",
         "statsname,read_count,read_sector_count,write_count,write_sector_count", shared_device().name()});
    const std::regex row("\\s*(.*)\\|([0-9]+)\\|([0-9]+)\\|([0-9]+)\\|([0-9]+)");
    std::map<std::string, io_counts> groups;
    std::istringstream lines(report);
    for (std::string line; std::getline(lines, line);) {
        std::smatch part;
        BOOST_TEST_REQUIRE(std::regex_match(line, part, row), line);
        groups[part[1]] = {std::stoull(part[2]), std::stoull(part[3]), std::stoull(part[4]), std::stoull(part[5])};
    }
    return groups;
}

std::uint64_t number(const metrics& of, const std::string& name) {
    const auto found = of.find(name);
    BOOST_TEST_REQUIRE((found != of.end()), name << " is not reported");
    return std::stoull(found->second);
}

io_counts counts_in(const metrics& of) {
    return {number(of, "filemap_reads_completed_total"), number(of, "filemap_read_bytes_total") / 512,
            number(of, "filemap_writes_completed_total"), number(of, "filemap_written_bytes_total") / 512};
}

/// Writes all blocks and waits for write-back.
void make_settled(const std::string& name) {
    served::edit(name).allocate(0, 0, MiB);
    served::edit(name).write_and_sync(0, MiB);
    run_or_throw({"sync"});
}

BOOST_AUTO_TEST_SUITE(service_metrics)

BOOST_AUTO_TEST_CASE(all_outputs_equal_issued_io) {
    std::filesystem::remove(metrics_file);
    run_or_throw({"ip", "link", "set", "lo", "up"});
    served by;
    make_settled("a");
    make_settled("b");
    by.configure({{"a", "bounds = '1ms,1s'\n"}, {"b", ""}},
                 "[metrics]\naddress = '" + std::string(address) + "'\nfile = '" + metrics_file + "'\ninterval = 1\n");
    by.start();
    by.in_sync("a");
    by.in_sync("b");
    served::edit("a").read_direct(0, 64 * KiB);
    served::edit("a").write_direct(256 * KiB, 32 * KiB, 8 * KiB);
    served::edit("b").read_direct(128 * KiB, 128 * KiB, 64 * KiB);

    io_counts issued_a{16, 128, 4, 64}, issued_b{2, 256, 0, 0};
    const auto has_all = [&](const std::string& report) {
        const metrics a = metrics_of("a", report), b = metrics_of("b", report);
        return !a.empty() && !b.empty() && counts_in(a) == issued_a && counts_in(b) == issued_b;
    };
    // The service answers from its cache for a time.
    BOOST_TEST(wait_until([&] { return has_all(page_of_socket()); }, reaction_bound), by.log());
    const std::string page = page_of_socket();
    BOOST_TEST(has_all(curl({"http://" + std::string(address) + "/metrics"})));
    BOOST_TEST(wait_until([&] { return has_all(page_of_file()); }, reaction_bound), by.log());
    for (const std::string& text :
         {run_or_throw(top({"--once", "--json"})), run_or_throw(top({"--once", "--since-start", "--json"})),
          curl({"http://" + std::string(address) + "/v1/counters"})}) {
        const json::value report = json::parse(text);
        BOOST_TEST((counts_in(file_in(report, "a")) == issued_a), text);
        BOOST_TEST((counts_in(file_in(report, "b")) == issued_b), text);
    }
    auto reported = reported_by_dmstats();
    BOOST_TEST((reported["a"] == issued_a));
    BOOST_TEST((reported["b"] == issued_b));

    // dmstats has cleared its counters; earlier readings are not lost.
    await_next_file();
    await_next_file();
    BOOST_TEST(has_all(page_of_socket()));
    served::edit("a").read_direct(0, 4 * KiB);
    issued_a.reads += 1;
    issued_a.sectors_read += 8;
    BOOST_TEST(wait_until([&] { return has_all(page_of_socket()); }, reaction_bound), page_of_socket());
    reported = reported_by_dmstats();
    BOOST_TEST((reported["a"] == io_counts{1, 8, 0, 0}));

    const std::string labels = "{path=\"" + served::at("a") + "\",device=\"dm-";
    BOOST_TEST(page.find("filemap_io_latency_seconds_count" + labels) != page.npos);
    BOOST_TEST(page.find("filemap_io_latency_seconds_count{path=\"" + served::at("b")) == page.npos);
    BOOST_TEST(page.find("filemap_files{state=\"following\"} 2\n") != page.npos);
    BOOST_TEST(page.find("filemap_unread_files 0\n") != page.npos);
    const std::string open = curl({"--unix-socket", socket_path, "--header",
                                   "Accept: application/openmetrics-text;version=1.0.0", "http://localhost/metrics"});
    BOOST_TEST(open.ends_with("# EOF\n"));
    BOOST_TEST(has_all(open));
    BOOST_TEST(run_program({"curl", "--silent", "--fail", "http://" + std::string(address) + "/v1/files"}).status == 22,
               "there is nothing but metrics on the address");
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
    BOOST_TEST(std::filesystem::exists(metrics_file));
    std::filesystem::remove(metrics_file);
}

BOOST_AUTO_TEST_CASE(rates_of_top_equal_issued_io) {
    served by;
    make_settled("a");
    by.configure({{"a", ""}});
    by.start();
    by.in_sync("a");
    background_program running(top({"--json"}));
    double read = 0, written = 0, inferred = 0;
    const auto sums_are = [&](double wanted_read, double wanted_written, double wanted_inferred) {
        read = written = inferred = 0;
        std::istringstream lines(running.printed());
        for (std::string line; std::getline(lines, line) && !lines.eof();) {
            const json::object file = file_in(json::parse(line), "a");
            if (!file.contains("rates")) continue;
            const json::object& rates = file.at("rates").as_object();
            const double seconds = rates.at("seconds").to_number<double>();
            read += seconds * rates.at("bytes_read_per_second").to_number<double>();
            written += seconds * rates.at("bytes_written_per_second").to_number<double>();
            inferred += seconds * rates.at("bytes_inferred_per_second").to_number<double>();
        }
        return std::abs(read - wanted_read) < 1 && std::abs(written - wanted_written) < 1 &&
               std::abs(inferred - wanted_inferred) < 1;
    };
    // Waits for the first of the two readings that are compared.
    BOOST_TEST_REQUIRE(wait_until([&] { return running.printed().find('\n') != std::string::npos; }, reaction_bound));
    BOOST_TEST(sums_are(0, 0, 0), running.printed());
    served::edit("a").read_direct(0, 512 * KiB);
    served::edit("a").write_direct(0, 64 * KiB, 16 * KiB);
    BOOST_TEST(wait_until([&] { return sums_are(512 * KiB, 64 * KiB, 0); }, reaction_bound), running.printed());
    served::edit("a").write_direct(MiB, 256 * KiB, 64 * KiB);
    by.in_sync("a");
    // Some of these writes are counted if the region is created in time.
    BOOST_TEST(wait_until(
                   [&] {
                       static_cast<void>(sums_are(0, 0, 0));
                       return std::abs(written + inferred - 320 * KiB) < 1;
                   },
                   reaction_bound),
               running.printed());
    BOOST_TEST(inferred > 0);
    // A restarted daemon continues with the stored totals.
    const std::string text = run_or_throw(top({"--once"}));
    BOOST_TEST(text.find("  " + served::at("a") + '\n') != std::string::npos, text);
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
    BOOST_TEST(running.wait_for_end(reaction_bound).value_or(-1) == 1);
    BOOST_TEST(running.printed().ends_with(std::string(socket_path) + ": no daemon listens\n"), running.printed());
    by.start();
    by.in_sync("a");
    const json::object file = file_in(json::parse(run_or_throw(top({"--once", "--json"}))), "a");
    BOOST_TEST(counts_in(file).sectors_read == 512 * KiB / 512);
    BOOST_TEST(file.at("rates").at("bytes_read_per_second").to_number<double>() == 0);
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(remaps_clears_kills_keep_counters_monotonic) {
    served by;
    make_settled("a");
    by.configure({{"a", "interval = '10ms'\n"}});
    by.start();
    by.in_sync("a");
    io_counts issued;
    for (std::uint64_t i = 1; i <= 10; ++i) {
        served::edit("a").read_direct(0, 4 * KiB);
        issued.reads += 1;
        issued.sectors_read += 8;
        served::edit("a").truncate(MiB - i * 16 * KiB);
        if (i % 4 == 0) {
            by.kill();
            by.start();
        }
        by.in_sync("a");
        // The service answers from its cache for a time.
        BOOST_TEST(wait_until([&] { return counts_in(metrics_of("a", page_of_socket())) == issued; }, reaction_bound),
                   "after remap " << i << ": " << page_of_socket());
        // dmstats clears the counters. The next reading detects that; then the daemon is killed.
        if (i % 4 == 2) static_cast<void>(reported_by_dmstats());
    }
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(unwritable_metrics_file_is_logged_once) {
    served by;
    served::make("a");
    by.configure({{"a", ""}}, "[metrics]\nfile = '/run/none/figures.prom'\ninterval = 1\n");
    by.start();
    by.in_sync("a");
    BOOST_TEST(by.daemon().logs_within("figures cannot be written: /run/none/figures.prom.new: ", reaction_bound),
               by.log());
    std::filesystem::create_directory("/run/none");
    BOOST_TEST(by.daemon().logs_within("/run/none/figures.prom: figures are written again", reaction_bound), by.log());
    BOOST_TEST(by.daemon().times_logged("figures cannot be written") == 1);
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
    std::filesystem::remove_all("/run/none");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
