#include "dmdirtylogd/api/log_json.hpp"

#include "common/http/json.hpp"
#include "common/text/display.hpp"

#include <boost/json.hpp>

#include <cstdio>

namespace dmdirtylogd::control {
namespace {

namespace json = boost::json;
using app::control::put_bytes;
using app::control::put_time;
using dirtylog::log_phase;

std::string_view describe(log_phase phase) noexcept {
    switch (phase) {
        case log_phase::opening: return "opening";
        case log_phase::constructed: return "constructed";
        case log_phase::working: return "working";
        case log_phase::superseded: return "superseded";
        case log_phase::closing: return "closing";
    }
    return {};
}

std::string address_of(dirtylog::log_luid luid) {
    char text[32];
    std::snprintf(text, sizeof text, "%016lx", luid.value());
    return text;
}

std::int64_t microseconds(std::chrono::nanoseconds time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

json::object object_of(const dirtylog::log_status& log) {
    json::object object;
    put_bytes(object, "uuid", log.key.uuid.view());
    object["luid"] = address_of(log.key.luid);
    object["state"] = describe(log.phase);
    put_bytes(object, "arguments", log.arguments);
    object["sectors"] = log.shape.length.count();
    object["region_sectors"] = log.shape.region_size.count();
    object["regions"] = log.shape.regions().count();
    if (log.phase == log_phase::working) {
        object["in_sync"] = log.in_sync.count();
        object["dirty"] = log.dirty.count();
        if (log.dirty_on_disk) object["dirty_on_disk"] = log.dirty_on_disk->count();
        object["failed"] = log.health != 'A';
    }
    if (log.recovering) object["recovering"] = log.recovering->value();
    object["requests"] = log.requests;
    return object;
}

}  // namespace

std::string json_of(const service_status& status, std::size_t logs) {
    json::object object;
    put_time(object, "started_at", status.started_at);
    object["socket_was_kept"] = status.socket_was_kept;
    object["socket_is_kept"] = status.socket_is_kept;
    object["logs"] = logs;
    const dirtylog::server_counts& counts = status.counts;
    object["requests"] = counts.requests;
    object["answers"] = counts.answers;
    object["malformed"] = counts.malformed;
    object["foreign"] = counts.foreign;
    object["overflows"] = counts.overflows;
    object["answers_after_writing"] = counts.waited;
    if (counts.waited != 0) {
        object["mean_wait_us"] = microseconds(counts.wait_time) / static_cast<std::int64_t>(counts.waited);
        object["longest_wait_us"] = microseconds(counts.max_wait);
    }
    return json::serialize(object);
}

std::string json_of(const dirtylog::log_status& log) {
    return json::serialize(object_of(log));
}

std::string json_of(const dirtylog::log_status& log, const std::vector<std::string>& checkpoints) {
    json::object object = object_of(log);
    json::array names;
    for (const std::string& name : checkpoints) names.emplace_back(app::as_utf8(name));
    object["checkpoints"] = std::move(names);
    return json::serialize(object);
}

std::string json_before_ranges(const dirtylog::changes& found, std::string_view uuid, std::string_view since) {
    json::object object;
    put_bytes(object, "uuid", uuid);
    put_bytes(object, "since", since);
    object["everything"] = found.everything;
    if (found.everything) {
        object["reason"] =
            "no state of checkpoint " + app::quoted(since) + ": the checkpoint does not exist, or its state was lost";
    }
    object["changed_sectors"] = found.total.count();
    std::string text = json::serialize(object);
    text.pop_back();
    return text + ",\"ranges\":[";
}

std::string json_of(std::span<const dirtylog::sector_range> ranges, bool is_first) {
    std::string text;
    for (const dirtylog::sector_range& range : ranges) {
        text += is_first ? "\n" : ",\n";
        text += "{\"start\":" + std::to_string(range.start.count()) +
                ",\"length\":" + std::to_string(range.length.count()) + '}';
        is_first = false;
    }
    return text;
}

}  // namespace dmdirtylogd::control
