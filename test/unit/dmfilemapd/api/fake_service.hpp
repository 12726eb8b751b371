#pragma once

#include "dmfilemapd/api/file_json.hpp"
#include "dmfilemapd/api/service_api.hpp"
#include "dmfilemapd/metrics/shared_snapshots.hpp"
#include "unit/dmfilemapd/metrics/fake_source.hpp"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace filemap::test {

using namespace dmfilemapd;

/// Service without files that completes requests at once and records all calls.
class fake_target : public control::target {
public:
    std::map<std::string, control::file_details> files;
    control::service_status now;
    /// Recorded calls: "add /srv/x follow=path", ...
    std::vector<std::string> done;
    /// Result of the next requests.
    control::outcome result;
    /// True to store the completions of requests in `held` instead of calling them.
    bool holds = false;
    std::vector<control::completion> held;
    /// Answer to a request for a map, after `then_drawn` is empty.
    std::string drawn = "{}";
    /// Answers to the first requests for a map, in order.
    std::deque<std::string> then_drawn;
    bool draws = true;
    /// Lines that a scan reports at once.
    std::vector<std::string> tells_of_hunt;
    /// Receives further lines of the last scan.
    std::function<void(std::string)> hunted;
    /// Called for each chunk of a list.
    std::function<void()> listed;
    std::vector<std::weak_ptr<control::event_hub>> hubs;
    fake_source source;
    /// Snapshots without a retention time, so that changed counters appear at once.
    metrics::shared_snapshots snapshots{source, {}};
    /// Number of requests for the status.
    mutable int asked = 0;

    control::file_details& put(const std::string& path) {
        control::file_details& file = files[path];
        file.summary.path = path;
        file.summary.state = control::file_state::following;
        return file;
    }

    void tell(control::event happened) {
        happened.number = ++now.last_event;
        for (const auto& hub : hubs) {
            if (const auto alive = hub.lock()) control::publish(*alive, happened);
        }
    }

    control::service_status status() const override {
        ++asked;
        return now;
    }

    std::vector<control::file_summary> files_after(const std::string& path, std::size_t most) const override {
        if (listed) listed();
        std::vector<control::file_summary> some;
        for (auto at = files.upper_bound(path); at != files.end() && some.size() < most; ++at) {
            some.push_back(at->second.summary);
        }
        return some;
    }

    std::optional<control::file_details> find(const std::string& path) const override {
        const auto at = files.find(path);
        return at == files.end() ? std::nullopt : std::optional(at->second);
    }

    void add(const std::string& path, std::vector<control::setting> settings, control::completion when) override {
        std::string what = "add " + path;
        for (const auto& [key, value] : settings) what += ' ' + key + '=' + text_of(value);
        act(std::move(what), std::move(when));
    }
    void remove(const std::string& path, control::completion when) override { act("remove " + path, std::move(when)); }
    void resync(const std::string& path, control::completion when) override { act("resync " + path, std::move(when)); }
    void resync_all(control::completion when) override { act("resync all", std::move(when)); }
    void map(const std::string& path, bool counted, control::text_completion when) override {
        done.push_back((counted ? "heat " : "map ") + path);
        if (result) return when(*result);
        if (!draws) return;
        if (then_drawn.empty()) return when(drawn);
        std::string first = std::move(then_drawn.front());
        then_drawn.pop_front();
        when(std::move(first));
    }
    std::function<void()> scan(const std::string& device, std::function<void(std::string)> told,
                               control::completion when) override {
        hunted = std::move(told);
        for (const std::string& line : tells_of_hunt) hunted(line);
        act("hunt " + device, std::move(when));
        return [this, device] { done.push_back("give up " + device); };
    }
    void reload(control::completion when) override { act("reload", std::move(when)); }
    metrics::shared_snapshots& figures() override { return snapshots; }
    void on_event(std::weak_ptr<control::event_hub> told) override { hubs.push_back(std::move(told)); }

private:
    static std::string text_of(const control::setting::value_type& value) {
        if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
        if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
        return '"' + std::get<std::string>(value) + '"';
    }

    void act(std::string what, control::completion when) {
        done.push_back(std::move(what));
        if (holds) {
            held.push_back(std::move(when));
        } else {
            when(result);
        }
    }
};

}  // namespace filemap::test
