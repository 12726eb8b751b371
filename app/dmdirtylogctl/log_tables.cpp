#include "dmdirtylogctl/log_tables.hpp"

#include "common/client/json_text.hpp"
#include "common/text/table.hpp"

#include <boost/json.hpp>

#include <cstdio>

namespace dmdirtylogctl {
namespace {

namespace json = boost::json;
using app::ctl::cell;

constexpr std::string_view names[] = {"uuid", "since", "arguments"};

const json::array& ranges_in(const json::value& changes) {
    return changes.as_object().at("ranges").as_array();
}

// Returns for instance "128/512", or "-" for a log that does not work.
std::string part_of(const json::object& log, std::string_view what) {
    return log.contains(what) ? cell(log, what) + '/' + cell(log, "regions") : "-";
}

std::string mebibytes(std::uint64_t sectors) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f MiB", static_cast<double>(sectors) / 2048);
    return text;
}

std::uint64_t number_in(const json::object& object, std::string_view key) {
    return object.at(key).to_number<std::uint64_t>();
}

}  // namespace

std::string table_of_logs(std::string_view text) {
    const json::value parsed = json::parse(text);
    app::table logs({"STATE", "SECTORS", "REGION", "IN SYNC", "DIRTY", "REQUESTS", "UUID", "ARGUMENTS"});
    for (const json::value& each : parsed.as_object().at("logs").as_array()) {
        const json::object& log = each.as_object();
        const auto* failed = log.if_contains("failed");
        const bool has_failed = failed != nullptr && failed->as_bool();
        logs.add({has_failed ? "failed" : cell(log, "state"), cell(log, "sectors"), cell(log, "region_sectors"),
                  part_of(log, "in_sync"), cell(log, "dirty"), cell(log, "requests"), app::ctl::name_of(log, "uuid"),
                  app::ctl::name_of(log, "arguments")});
    }
    return logs.text("");
}

std::string text_of_object(std::string_view text) {
    return app::ctl::text_of_object(text, names);
}

std::string table_of_changes(std::string_view text) {
    const json::value parsed = json::parse(text);
    app::table ranges({"START", "LENGTH"});
    for (const json::value& range : ranges_in(parsed)) {
        ranges.add({cell(range.as_object(), "start"), cell(range.as_object(), "length")});
    }
    const std::uint64_t changed = number_in(parsed.as_object(), "changed_sectors");
    return ranges.text("") + std::to_string(ranges_in(parsed).size()) +
           (ranges_in(parsed).size() == 1 ? " range, " : " ranges, ") + std::to_string(changed) + " sectors (" +
           mebibytes(changed) + ")\n";
}

std::string ranges_of_changes(std::string_view text) {
    const json::value parsed = json::parse(text);
    std::string lines;
    for (const json::value& range : ranges_in(parsed)) {
        lines += std::to_string(number_in(range.as_object(), "start")) + ' ' +
                 std::to_string(number_in(range.as_object(), "length")) + '\n';
    }
    return lines;
}

std::string reason_of_changes(std::string_view text) {
    const json::value parsed = json::parse(text);
    const json::object& changes = parsed.as_object();
    return changes.at("everything").as_bool() ? app::ctl::plain(changes.at("reason")) : std::string();
}

}  // namespace dmdirtylogctl
