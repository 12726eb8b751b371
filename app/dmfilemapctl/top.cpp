#include "dmfilemapctl/top.hpp"

#include "common/cli/program.hpp"
#include "dmfilemapctl/daemon_client.hpp"
#include "dmfilemapctl/rates.hpp"
#include "dmfilemapctl/terminal.hpp"

#include <boost/json.hpp>

#include <array>
#include <cmath>
#include <csignal>
#include <ctime>
#include <thread>
#include <utility>

namespace dmfilemapctl {
namespace {

using app::print;

std::string ask_for_counters(const options& given) {
    const app::ctl::client daemon = daemon_of(given);
    return daemon.body_of(daemon.ask(boost::beast::http::verb::get, "/v1/counters"));
}

shown shown_of(const options& given, double time, std::vector<file_figures> files) {
    return {text_of_time(time), chosen(std::move(files), given.of_files), given.of_files, given.since_start};
}

void print_all(const options& given, double time, std::vector<file_figures> files) {
    const shown what = shown_of(given, time, std::move(files));
    print(given.json ? boost::json::serialize(object_of(what, time)) + '\n' : table_of(what));
}

void print_totals(const options& given) {
    reading now = parse_reading(ask_for_counters(given));
    const double time = now.time;
    print_all(given, time, totals_of(std::move(now)));
}

void print_rates(const options& given, rate_meter& meter) {
    std::this_thread::sleep_for(given.interval);
    reading now = parse_reading(ask_for_counters(given));
    const double time = now.time;
    print_all(given, time, meter.rates_of(std::move(now)));
}

void watch(const options& given, full_screen& on, std::string_view first) {
    const int signal = watch_top(given, on, first);
    if (signal == 0) return;
    // Ends the program with the status of an unhandled signal.
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

}  // namespace

std::string text_of_time(double time) {
    const auto seconds = static_cast<std::time_t>(std::floor(time));
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

void show_top(const options& given) {
    if (given.since_start) return print_totals(given);
    const std::string first = ask_for_counters(given);
    if (!given.once && !given.json) {
        full_screen on;
        if (on.is_there()) return watch(given, on, first);
    }
    rate_meter meter;
    static_cast<void>(meter.rates_of(parse_reading(first)));
    print_rates(given, meter);
    while (!given.once) {
        if (!given.json) print("\n");
        print_rates(given, meter);
    }
}

}  // namespace dmfilemapctl
