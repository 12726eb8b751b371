#pragma once

#include "dmfilemapd/metrics/snapshot.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace dmfilemapd::control {

/// Writes the counters of a snapshot's files as one JSON object, in chunks. No input or output here.
class counters_json {
public:
    explicit counters_json(std::shared_ptr<const metrics::snapshot> of);

    /// Returns whole lines, about @p size bytes; empty at the end.
    [[nodiscard]] std::string next(std::size_t size);

private:
    std::shared_ptr<const metrics::snapshot> snapshot_;
    // Position of the next counter to write.
    std::size_t file_ = 0;
    bool begun_ = false;
    bool ended_ = false;
};

}  // namespace dmfilemapd::control
