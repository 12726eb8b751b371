#include "dmfilemapd/service/settings_text.hpp"

#include "common/cli/startup_error.hpp"
#include "dmfilemapd/config/key_table.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>

namespace dmfilemapd {
namespace {

// Converts the kernel's form "1,5" to "1ms,5ms".
std::string bounds_in_words(const filemap::dm::counting_options& counting) {
    const std::string_view unit = counting.precise_timestamps ? "ns" : "ms";
    std::string words;
    for (const char c : counting.histogram) {
        if (c == ',') words += unit;
        words += c;
    }
    return words.empty() ? words : words.append(unit);
}

std::string in_milliseconds(std::chrono::milliseconds time) {
    return std::to_string(time.count()) + "ms";
}

std::unique_ptr<toml::node> node_of(const control::setting::value_type& value) {
    const auto make = [](const auto& plain) -> std::unique_ptr<toml::node> {
        return std::make_unique<toml::value<std::decay_t<decltype(plain)>>>(plain);
    };
    return std::visit(make, value);
}

void take(settings_draft& into, const control::setting& given) {
    const auto rules = settings_rules();
    const auto rule = std::ranges::find(rules, given.key, &app::config::key_rule<settings_draft>::name);
    if (rule == rules.end()) {
        std::vector<std::string_view> known;
        add_names(known, rules);
        throw app::usage_error(app::config::unknown_key(given.key, known));
    }
    rule->take(into, {rule->name, *node_of(given.value)});
}

}  // namespace

std::vector<control::setting> settings_in_words(const file_settings& settings) {
    const bool follows_path = settings.follow == filemap::fs::follow_mode::path;
    const bool covers = settings.regions.rule == filemap::region_rule::cover;
    return {
        {"follow", std::string(follows_path ? "path" : "inode")},
        {"alias", settings.alias},
        {"program-id", settings.program_id},
        {"precise", settings.counting.precise_timestamps},
        {"bounds", bounds_in_words(settings.counting)},
        {"regions", std::string(covers ? "cover" : "exact")},
        {"max-regions", static_cast<std::int64_t>(settings.regions.max_regions)},
        {"interval", in_milliseconds(settings.interval)},
        {"tolerance", in_milliseconds(settings.tolerance)},
        {"verify", std::to_string(settings.verify.count()) + "s"},
        {"delete-on-exit", settings.delete_on_exit},
        {"absent", std::string(settings.absent == absence::wait ? "wait" : "fail")},
    };
}

file_settings settings_from(const file_settings& defaults, const std::vector<control::setting>& given) {
    settings_draft draft{defaults, bounds_in_words(defaults.counting), defaults.counting.precise_timestamps};
    for (const control::setting& one : given) take(draft, one);
    return draft.finished();
}

}  // namespace dmfilemapd
