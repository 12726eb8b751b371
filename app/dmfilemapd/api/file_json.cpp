#include "dmfilemapd/api/file_json.hpp"

#include "common/http/json.hpp"
#include "common/text/display.hpp"

#include <boost/json.hpp>

#include <array>
#include <string_view>

namespace dmfilemapd::control {
namespace {

namespace json = boost::json;
using app::control::put_bytes;
using app::control::put_text;
using app::control::put_time;
using app::control::text_of;

void put_group(json::object& into, const std::optional<filemap::group_id>& group) {
    if (group) into["group"] = group->value();
}

// Capacity of a file's object, with some room to spare.
constexpr std::size_t max_keys = 16;

json::object object_of(const file_summary& file, const json::storage_ptr& memory = {}) {
    json::object object(max_keys, memory);
    put_bytes(object, "path", file.path);
    object["state"] = describe(file.state);
    put_text(object, "reason", file.reason);
    object["origin"] = describe(file.origin);
    put_text(object, "named_at", file.named_at);
    if (file.device) object["device"] = to_string(*file.device);
    put_group(object, file.group);
    object["regions"] = file.regions;
    object["extents"] = file.extents;
    put_time(object, "synced_at", file.synced_at);
    put_text(object, "error", file.error);
    return object;
}

json::value value_of(const setting::value_type& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    return json::value(app::as_utf8(std::get<std::string>(value)));
}

json::object object_of(const std::vector<setting>& settings) {
    json::object object;
    for (const setting& one : settings) object[one.key] = value_of(one.value);
    return object;
}

json::object object_of(const filemap::dm::counters& counted) {
    return {{"reads", counted.reads},
            {"sectors_read", counted.sectors_read.count()},
            {"read_time", counted.read_time},
            {"writes", counted.writes},
            {"sectors_written", counted.sectors_written.count()},
            {"write_time", counted.write_time}};
}

void put_monitor(json::object& into, const filemap::monitor_status& status) {
    into["missing_regions"] = status.missing_regions;
    into["bridged_sectors"] = status.bridged.count();
    into["shared_sectors"] = status.shared.count();
    put_text(into, "not_mapped", status.not_mapped);
    into["looks"] = status.refreshes;
    into["syncs"] = status.syncs;
    into["inferred_sectors"] = status.inferred.count();
    into["retired"] = object_of(status.carried);
}

}  // namespace

std::string members_of(const std::vector<file_summary>& files, bool is_first) {
    std::string text;
    json::serializer serializer;
    for (const file_summary& file : files) {
        std::array<unsigned char, 4096> room;
        json::monotonic_resource memory(room.data(), room.size());
        const json::object object = object_of(file, &memory);
        text += is_first ? "\n" : ",\n";
        is_first = false;
        serializer.reset(&object);
        for (std::array<char, 4096> piece; !serializer.done();) {
            const json::string_view next = serializer.read(piece.data(), piece.size());
            text.append(next.data(), next.size());
        }
    }
    return text;
}

std::string json_of(const file_details& file) {
    json::object object = object_of(file.summary);
    put_bytes(object, "alias", file.alias);
    put_text(object, "program_id", file.program_id);
    if (file.monitor) put_monitor(object, *file.monitor);
    object["settings"] = object_of(file.settings);
    return json::serialize(object);
}

std::string json_of(const service_status& status) {
    json::object object;
    object["version"] = DMFILEMAPD_VERSION;
    object["started_at"] = text_of(status.started_at);
    put_bytes(object, "configuration", status.configuration);
    put_time(object, "loaded_at", status.loaded_at);
    put_text(object, "load_error", status.load_error);
    json::object files;
    for (std::size_t at = 0; at < status.files.size(); ++at) {
        files[describe(static_cast<file_state>(at))] = status.files[at];
    }
    object["files"] = std::move(files);
    object["last_event"] = status.last_event;
    return json::serialize(object);
}

std::string json_of(const event& happened, time_point at) {
    json::object object;
    object["event"] = describe(happened.what);
    object["number"] = happened.number;
    object["time"] = text_of(at);
    put_bytes(object, "path", happened.path);
    switch (happened.what) {
        case event::kind::state:
            object["state"] = describe(happened.state);
            put_text(object, "reason", happened.text);
            break;
        case event::kind::removed: break;
        case event::kind::group: put_group(object, happened.group); break;
        case event::kind::synced:
            put_group(object, happened.group);
            object["regions"] = happened.regions;
            object["extents"] = happened.extents;
            break;
        case event::kind::error:
        case event::kind::reload: put_text(object, "error", happened.text); break;
    }
    return json::serialize(object);
}

void publish(event_hub& to, const event& happened) {
    if (to.size() != 0) to.publish(json_of(happened, time_point::clock::now()) + '\n');
}

}  // namespace dmfilemapd::control
