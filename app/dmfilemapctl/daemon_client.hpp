#pragma once

#include "common/client/client.hpp"
#include "dmfilemapctl/options.hpp"

namespace dmfilemapctl {

/// Returns the client for the daemon named by the options.
[[nodiscard]] inline app::ctl::client daemon_of(const options& given) {
    return {given.socket, "dmfilemapctl/" DMFILEMAPD_VERSION};
}

}  // namespace dmfilemapctl
