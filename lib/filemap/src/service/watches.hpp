#pragma once

#include "watch/watch_hub.hpp"

#include <filemap/service.hpp>

#include <memory>

namespace filemap {

/// The watches of the monitors, for others as well; nothing is delivered but while `service::async_run` runs, at whose
/// end they are closed. nullptr: there can be none.
[[nodiscard]] std::shared_ptr<fs::watch_hub> watches_of(const service& of);

}  // namespace filemap
