#include "dmfilemapctl/commands.hpp"

#include "common/cli/program.hpp"
#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"
#include "common/text/percent.hpp"
#include "dmfilemapctl/daemon_client.hpp"
#include "dmfilemapctl/file_tables.hpp"
#include "dmfilemapctl/hot_table.hpp"
#include "dmfilemapctl/map_text.hpp"
#include "dmfilemapctl/terminal.hpp"
#include "dmfilemapctl/top.hpp"

#include <boost/json.hpp>

#include <charconv>
#include <chrono>
#include <thread>
#include <utility>

namespace dmfilemapctl {
namespace {

namespace json = boost::json;
using app::print;
using app::startup_error;
using boost::beast::http::verb;

// Limit of repeated readings while the regions of a growing file change.
constexpr int max_refreshes = 5;

std::string ask_for(const options& given, verb method, const std::string& target, const std::string& body = {}) {
    const app::ctl::client daemon = daemon_of(given);
    return daemon.body_of(daemon.ask(method, target, body));
}

std::string target_of(const options& given) {
    return "/v1/files" + app::percent_encoded(given.file);
}

void show(const options& given, const std::string& target, std::string (*as_text)(std::string_view)) {
    const std::string body = ask_for(given, verb::get, target);
    print(given.json ? body : as_text(body));
}

void act(const options& given, verb method, const std::string& target, const std::string& body = {}) {
    const std::string answer = ask_for(given, method, target, body);
    if (given.json) print(answer);
}

json::value value_of(std::string_view text) {
    if (text == "true") return true;
    if (text == "false") return false;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) return number;
    return json::value(text);
}

// Parses a value. A quoted word is always a string.
json::value value_of_setting(std::string_view text) {
    if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
        return json::value(text.substr(1, text.size() - 2));
    }
    return value_of(text);
}

std::string addition_of(const options& given) {
    json::object body;
    body["path_encoded"] = app::percent_encoded(given.file);
    for (const std::string& setting : given.settings) {
        if (!app::is_utf8(setting)) throw startup_error(app::quoted(setting) + ": not UTF-8");
        const std::size_t equals = setting.find('=');
        body[setting.substr(0, equals)] = value_of_setting(std::string_view(setting).substr(equals + 1));
    }
    return json::serialize(body);
}

// Prints complete lines and keeps an incomplete last one in @p text.
void print_events(std::string& text, bool as_json) {
    for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
        print(as_json ? text.substr(0, end + 1) : line_of_event(text.substr(0, end)));
    }
}

void follow_events(const options& given) {
    std::string text;
    const app::ctl::client daemon = daemon_of(given);
    app::ctl::reply got = daemon.listen(verb::get, "/v1/events", [&](std::string_view piece) {
        text += piece;
        print_events(text, given.json);
    });
    static_cast<void>(daemon.body_of(std::move(got)));
    throw startup_error(app::displayed(given.socket) + ": the daemon ended the events");
}

json::value map_of(const options& given, const char* what) {
    return json::parse(ask_for(given, verb::get, what + app::percent_encoded(given.file)));
}

// Returns the difference of two readings with the same regions.
json::value heat_of(const options& given) {
    using clock = std::chrono::steady_clock;
    json::value earlier = map_of(given, "/v1/heat");
    if (given.since_start) return earlier;
    for (int tries = 0; tries < max_refreshes; ++tries) {
        const auto begun = clock::now();
        std::this_thread::sleep_for(given.interval);
        json::value later = map_of(given, "/v1/heat");
        json::value difference = later;
        if (subtract(difference, earlier)) {
            difference.as_object()["seconds"] = std::chrono::duration<double>(clock::now() - begun).count();
            return difference;
        }
        earlier = std::move(later);
    }
    throw startup_error(app::displayed(given.file) + ": its regions change faster than they can be looked at twice");
}

void show_map(const options& given) {
    const json::value map = given.heat ? heat_of(given) : map_of(given, "/v1/map");
    print(given.json ? json::serialize(map) + '\n' : text_of_map(map, screen_of_stdout()));
}

void scan(const options& given) {
    std::string lines;
    const std::string target = "/v1/hot" + app::percent_encoded(given.file);
    const app::ctl::client daemon = daemon_of(given);
    app::ctl::reply got = daemon.listen(verb::post, target, [&](std::string_view piece) {
        if (given.json) print(piece);
        lines += piece;
    });
    static_cast<void>(daemon.body_of(std::move(got)));
    const std::string text = text_of_hunt(lines);
    if (!given.json) print(text);
}

}  // namespace

void perform(const options& given) {
    switch (given.act) {
        case action::help: return print(help_text());
        case action::version: return print(version_text());
        case action::status: return show(given, "/v1/status", text_of_object);
        case action::list: return show(given, "/v1/files", table_of_files);
        case action::show: return show(given, target_of(given), text_of_object);
        case action::add: return act(given, verb::post, "/v1/files", addition_of(given));
        case action::remove: return act(given, verb::delete_, target_of(given));
        case action::resync:
            return act(given, verb::post, given.file.empty() ? "/v1/resync" : target_of(given) + "/resync");
        case action::reload: return act(given, verb::post, "/v1/reload");
        case action::events: return follow_events(given);
        case action::map: return show_map(given);
        case action::hot: return scan(given);
        case action::top: return show_top(given);
    }
}

}  // namespace dmfilemapctl
