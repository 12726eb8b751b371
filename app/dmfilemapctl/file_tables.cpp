#include "dmfilemapctl/file_tables.hpp"

#include "common/text/table.hpp"

#include <boost/json.hpp>

namespace dmfilemapctl {
namespace {

namespace json = boost::json;
using app::ctl::cell;

constexpr std::string_view names[] = {"path", "alias", "configuration"};

std::string follow_text(const json::object& file) {
    const auto* reason = file.if_contains("reason");
    const auto* error = file.if_contains("error");
    if (reason && error) return plain(*reason) + "; " + plain(*error);
    return reason ? plain(*reason) : error ? plain(*error) : "";
}

}  // namespace

std::string text_of_object(std::string_view text) {
    return app::ctl::text_of_object(text, names);
}

std::string table_of_files(std::string_view text) {
    const json::value parsed = json::parse(text);
    app::table files({"STATE", "DEVICE", "GROUP", "REGIONS", "EXTENTS", "SYNCED", "FILE", "NOTE"});
    for (const json::value& each : parsed.as_object().at("files").as_array()) {
        const json::object& file = each.as_object();
        files.add({cell(file, "state"), cell(file, "device"), cell(file, "group"), cell(file, "regions"),
                   cell(file, "extents"), cell(file, "synced_at"), name_of(file, "path"), follow_text(file)});
    }
    return files.text("");
}

std::string line_of_event(std::string_view text) {
    return app::ctl::line_of_event(text, names);
}

}  // namespace dmfilemapctl
