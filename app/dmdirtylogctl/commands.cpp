#include "dmdirtylogctl/commands.hpp"

#include "common/cli/program.hpp"
#include "common/cli/startup_error.hpp"
#include "common/client/client.hpp"
#include "common/text/display.hpp"
#include "common/text/percent.hpp"
#include "dmdirtylogctl/log_tables.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <thread>

namespace dmdirtylogctl {
namespace {

namespace json = boost::json;
using app::print;
using boost::beast::http::verb;

constexpr std::chrono::milliseconds between_refreshes{300};

std::string ask_for(const options& given, verb method, const std::string& target, const std::string& body = {}) {
    const app::ctl::client daemon(given.socket, "dmdirtylogctl/" DMDIRTYLOGD_VERSION);
    return daemon.body_of(daemon.ask(method, target, body));
}

// A slash in a name must not separate path segments.
std::string word(const std::string& name) {
    std::string encoded = app::percent_encoded(name);
    for (std::size_t at = 0; (at = encoded.find('/', at)) != encoded.npos;) encoded.replace(at, 1, "%2F");
    return encoded;
}

std::string log_of(const options& given) {
    return "/v1/logs/" + word(given.uuid);
}

void show(const options& given, const std::string& target, std::string (*as_text)(std::string_view)) {
    const std::string body = ask_for(given, verb::get, target);
    print(given.json ? body : as_text(body));
}

std::uint64_t requests_in(std::string_view body) {
    return json::parse(body).as_object().at("requests").to_number<std::uint64_t>();
}

// Measures the request rate between two reads of the status.
void show_status(const options& given) {
    using clock = std::chrono::steady_clock;
    const std::string target = given.uuid.empty() ? "/v1/status" : log_of(given);
    const auto begun = clock::now();
    const std::string before = ask_for(given, verb::get, target);
    if (given.json) return print(before);
    std::this_thread::sleep_for(between_refreshes);
    const std::string body = ask_for(given, verb::get, target);
    const std::uint64_t more = requests_in(body) - std::min(requests_in(body), requests_in(before));
    const double seconds = std::chrono::duration<double>(clock::now() - begun).count();
    print(text_of_object(body) + "requests now: " + std::to_string(std::llround(static_cast<double>(more) / seconds)) +
          " per second\n");
}

void act(const options& given, verb method, const std::string& target, const std::string& body = {}) {
    const std::string answer = ask_for(given, method, target, body);
    if (given.json) print(answer);
}

void make_checkpoint(const options& given) {
    if (!app::is_utf8(given.name)) throw app::startup_error(app::quoted(given.name) + ": not UTF-8");
    act(given, verb::post, log_of(given) + "/checkpoints", json::serialize(json::object{{"name", given.name}}));
}

void show_changes(const options& given) {
    const std::string body = ask_for(given, verb::get, log_of(given) + "/changes?since=" + word(given.name));
    // On stderr, since every line on stdout is a range.
    if (const std::string reason = reason_of_changes(body); !reason.empty())
        std::cerr << "dmdirtylogctl: everything: " << reason << '\n';
    switch (given.as) {
        case format::json: return print(body);
        case format::table: return print(table_of_changes(body));
        case format::ranges: return print(ranges_of_changes(body));
    }
}

}  // namespace

void perform(const options& given) {
    switch (given.act) {
        case action::help: return print(help_text());
        case action::version: return print(version_text());
        case action::list: return show(given, "/v1/logs", table_of_logs);
        case action::status: return show_status(given);
        case action::checkpoint: return make_checkpoint(given);
        case action::forget: return act(given, verb::delete_, log_of(given) + "/checkpoints/" + word(given.name));
        case action::changes: return show_changes(given);
    }
}

}  // namespace dmdirtylogctl
