#pragma once

#include "dmfilemapd/metrics/scrape.hpp"

#include <filemap/file_set.hpp>
#include <filemap/service.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace dmfilemapd {

/// Metrics of the service and its files.
class file_figures final : public metrics::source {
public:
    /// @pre Both references outlive the source.
    file_figures(const filemap::service& service, const filemap::file_set& files) : service_(service), files_(files) {}

    std::string add_files_after(const std::string& path, std::size_t most,
                                std::vector<metrics::file_sample>& to) const override;
    bool read(const std::string& path, reader done) const override { return files_.read(path, std::move(done)); }
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> unanswered_since(
        filemap::device_id device) const override {
        return service_.unanswered_since(device);
    }
    [[nodiscard]] metrics::snapshot summary() const override;

private:
    const filemap::service& service_;
    const filemap::file_set& files_;
    std::chrono::system_clock::time_point started_at_ = std::chrono::system_clock::now();
};

}  // namespace dmfilemapd
