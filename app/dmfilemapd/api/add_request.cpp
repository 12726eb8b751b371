#include "dmfilemapd/api/add_request.hpp"

#include "common/http/request.hpp"
#include "common/text/display.hpp"

#include <boost/json.hpp>

#include <utility>

namespace dmfilemapd::control {
namespace {

namespace json = boost::json;
using app::control::parsed;
using app::control::problem;

parsed<setting> setting_of(const json::key_value_pair& member) {
    const json::value& value = member.value();
    setting result{std::string(member.key()), {}};
    if (value.is_bool()) {
        result.value = value.get_bool();
    } else if (value.is_int64()) {
        result.value = value.get_int64();
    } else if (value.is_string()) {
        result.value = std::string(value.get_string());
    } else {
        return problem(boost::beast::http::status::unprocessable_entity,
                       app::displayed(result.key) + ": neither a string, a whole number below 2^63, true nor false");
    }
    return result;
}

bool names_path(const json::key_value_pair& member) {
    return member.key() == "path" || member.key() == "path_encoded";
}

}  // namespace

parsed<addition> parse_addition(std::string_view text) {
    const auto body = app::control::parse_object(text);
    if (!body) return body.error();
    auto path = app::control::file_in(*body);
    if (!path) return path.error();
    addition result{*std::move(path), {}};
    for (const json::key_value_pair& member : *body) {
        if (names_path(member)) continue;
        auto one = setting_of(member);
        if (!one) return one.error();
        result.settings.push_back(*std::move(one));
    }
    return result;
}

}  // namespace dmfilemapd::control
