#pragma once

#include "dmfilemapd/metrics/scrape.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace filemap::test {

namespace metrics = dmfilemapd::metrics;

/// Source of files whose readings complete when the test calls them.
class fake_source : public metrics::source {
public:
    std::map<std::string, metrics::file_sample> files;
    /// Paths of files with unreadable counters.
    std::set<std::string> unreadable;
    metrics::snapshot rest;
    /// Started readings. Calling one completes the reading.
    mutable std::vector<std::function<void()>> readings;
    /// Returns the time of a device's last answer. If empty, the time of the last completed reading is used.
    std::function<std::chrono::steady_clock::time_point()> heard;
    /// Schedules the completion of a reading. If empty, the reading is stored in `readings`.
    std::function<void(std::function<void()>)> post;

    metrics::file_sample& put(const std::string& path, device_id device = {254, 0}) {
        metrics::file_sample& file = files[path];
        file.path = path;
        file.alias = path.substr(path.rfind('/') + 1);
        file.program_id = "dmstats";
        file.device = device;
        file.counters.emplace();
        return file;
    }

    std::string add_files_after(const std::string& path, std::size_t most,
                                std::vector<metrics::file_sample>& to) const override {
        std::string last;
        for (auto at = files.upper_bound(path); at != files.end() && most > 0; ++at, --most) {
            last = at->first;
            to.push_back(at->second);
            to.back().counters.reset();
        }
        return last;
    }

    bool read(const std::string& path, reader done) const override {
        const auto file = files.find(path);
        if (file == files.end()) return false;
        owed& by = owed_[file->second.device];
        if (++by.answers == 1) by.since = std::chrono::steady_clock::now();
        std::function<void()> answer = [this, &by, path, done = std::move(done)] {
            --by.answers;
            by.since = std::chrono::steady_clock::now();
            if (unreadable.contains(path)) return done(make_error_code(boost::system::errc::no_such_device), {});
            done({}, *files.at(path).counters);
        };
        if (post) {
            post(std::move(answer));
        } else {
            readings.push_back(std::move(answer));
        }
        return true;
    }

    std::optional<std::chrono::steady_clock::time_point> unanswered_since(device_id device) const override {
        const auto by = owed_.find(device);
        if (by == owed_.end() || by->second.answers == 0) return std::nullopt;
        return heard ? heard() : by->second.since;
    }

    metrics::snapshot summary() const override { return rest; }

private:
    struct owed {
        std::size_t answers = 0;
        std::chrono::steady_clock::time_point since;
    };
    mutable std::map<device_id, owed> owed_;
};

}  // namespace filemap::test
