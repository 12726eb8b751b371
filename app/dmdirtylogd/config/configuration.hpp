#pragma once

#include "common/http/socket_settings.hpp"

#include <filemap/logger.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace dmdirtylogd {

/// Order in which regions are copied.
enum class resync_order { ascending, descending_order };

/// `[log]`: logs of type `disk`.
struct log_settings {
    /// Directory of logs with a relative path. Absolute.
    std::string directory = "/var/lib/dmdirtylogd";
    /// A region becomes clean on disk after one to two of these intervals without writes.
    std::chrono::milliseconds clear_delay{std::chrono::seconds{5}};
    /// Flush the legs' caches of mirrors whose tables name no legs. device-mapper reports the legs.
    bool flush_legs = true;

    friend bool operator==(const log_settings&, const log_settings&) = default;
};

/// Merged content of all configuration files.
struct configuration {
    /// `[state]`: directory of state that outlives the process. Absolute.
    std::string state_directory = "/run/dmdirtylogd";
    log_settings log;
    /// `[resync]`
    resync_order order = resync_order::ascending;
    /// Maximum MiB copied per second and mirror. 0: no limit.
    std::uint64_t rate = 0;
    app::control::settings control{.socket = "/run/dmdirtylogd/control.sock"};
    filemap::log_level log_level = filemap::log_level::notice;

    friend bool operator==(const configuration&, const configuration&) = default;
};

}  // namespace dmdirtylogd
