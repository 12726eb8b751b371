#pragma once

#include <common/display.hpp>
#include <common/percent.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace dmfilemapd::control {

/// A name that may be no UTF-8, as json.hpp says.
inline void put_bytes(boost::json::object& into, std::string_view key, std::string_view bytes) {
    if (bytes.empty()) return;
    into[key] = app::as_utf8(bytes);
    if (!app::is_utf8(bytes)) into[std::string(key) + "_encoded"] = app::percent_encoded(bytes);
}

}  // namespace dmfilemapd::control
