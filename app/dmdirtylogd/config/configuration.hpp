#pragma once

#include "common/http/socket_settings.hpp"

#include <filemap/logger.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace dmdirtylogd {

/// Which region is copied next.
enum class resync_order { ascending, descending_order };

/// `[log]`: how logs of type `disk` are kept.
struct log_settings {
    /// Where those of a relative path lie. Absolute.
    std::string directory = "/var/lib/dmdirtylogd";
    /// A region becomes clean on disk when it was idle for one to two of these.
    std::chrono::milliseconds clear_delay{std::chrono::seconds{5}};
    /// Whether device-mapper is asked for the legs of mirrors whose tables name none, to flush their caches first.
    bool flush_legs = true;

    friend bool operator==(const log_settings&, const log_settings&) = default;
};

/// What the files of a configuration say together.
struct configuration {
    /// `[state]`: where the state of live logs outlives the process. Absolute.
    std::string state_directory = "/run/dmdirtylogd";
    log_settings log;
    /// `[resync]`
    resync_order order = resync_order::ascending;
    /// MiB that are copied per second of each mirror at the most; 0: as many as can be.
    std::uint64_t rate = 0;
    app::control::settings control{.socket = "/run/dmdirtylogd/control.sock"};
    filemap::log_level log_level = filemap::log_level::notice;

    friend bool operator==(const configuration&, const configuration&) = default;
};

}  // namespace dmdirtylogd
