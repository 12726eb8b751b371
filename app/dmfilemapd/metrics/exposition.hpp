#pragma once

#include "dmfilemapd/metrics/metric_format.hpp"
#include "dmfilemapd/metrics/snapshot.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace dmfilemapd::metrics {

/**
 * @brief Writes a snapshot in chunks. No input or output here.
 * @par Source https://github.com/OpenObservability/OpenMetrics, specification/OpenMetrics.md, version 1.0.0.
 */
class exposition {
public:
    exposition(std::shared_ptr<const snapshot> of, format in);

    /// Returns whole lines, about @p size bytes; empty at the end.
    [[nodiscard]] std::string next(std::size_t size);

private:
    std::shared_ptr<const snapshot> snapshot_;
    format format_;
    // Labels shared by all samples of each file, created with the first sample.
    std::vector<std::string> labels_;
    // Position of the next sample to write.
    std::size_t family_ = 0;
    std::size_t file_ = 0;
    bool service_put_ = false;
};

}  // namespace dmfilemapd::metrics
