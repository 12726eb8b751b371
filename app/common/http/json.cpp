#include "common/http/json.hpp"

#include "common/text/display.hpp"
#include "common/text/percent.hpp"

#include <boost/json.hpp>

#include <array>
#include <cstdio>
#include <ctime>

namespace app::control {

namespace json = boost::json;

std::string text_of(time_point time) {
    const auto whole = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
    const std::time_t seconds = whole / 1000 - (whole % 1000 < 0);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> date{};
    std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::array<char, 16> rest{};
    std::snprintf(rest.data(), rest.size(), ".%03dZ", static_cast<int>(whole - seconds * 1000));
    return std::string(date.data()) + rest.data();
}

void put_bytes(json::object& into, std::string_view key, std::string_view bytes) {
    if (bytes.empty()) return;
    into[key] = as_utf8(bytes);
    if (!is_utf8(bytes)) into[std::string(key) + "_encoded"] = percent_encoded(bytes);
}

void put_text(json::object& into, std::string_view key, std::string_view text) {
    if (!text.empty()) into[key] = one_line(text);
}

void put_time(json::object& into, std::string_view key, const std::optional<time_point>& time) {
    if (time) into[key] = text_of(*time);
}

std::string json_of(const problem& wrong) {
    const auto title = boost::beast::http::obsolete_reason(wrong.status);
    return json::serialize(json::object{{"type", "about:blank"},
                                        {"title", std::string_view(title.data(), title.size())},
                                        {"status", static_cast<unsigned>(wrong.status)},
                                        {"detail", one_line(wrong.detail)}});
}

std::string json_of_listening(std::uint64_t number) {
    return json::serialize(json::object{{"event", "listening"}, {"number", number}});
}

}  // namespace app::control
