#pragma once

#include "watch/watch_hub.hpp"

#include <filemap/service.hpp>

#include <memory>

namespace filemap {

/// Returns the watches of the monitors, for other users as well. Events are delivered only while `service::async_run`
/// runs; its end closes the watches. nullptr: watches are not available.
[[nodiscard]] std::shared_ptr<fs::watch_hub> watches_of(const service& of);

}  // namespace filemap
