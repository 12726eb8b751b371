#pragma once

#include "common/config/config_report.hpp"
#include "common/config/source_place.hpp"
#include "common/text/display.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace app::config {

/// Values of a key that must differ between entries, with their positions in the source.
class given_once {
public:
    explicit given_once(std::string_view key) : key_(key) {}

    /// Adds a value. If the value was given before, reports an error and returns false.
    bool add(const std::string& value, const source_place& where, report& wrong) {
        const auto [at, fresh] = places_.try_emplace(value, where);
        if (!fresh) wrong.add(where, key_ + ' ' + app::quoted(value) + ": already given at " + to_string(at->second));
        return fresh;
    }

private:
    std::string key_;
    std::map<std::string, source_place, std::less<>> places_;
};

}  // namespace app::config
