#pragma once

#include "common/client/client.hpp"
#include "dmfilemapctl/options.hpp"

namespace dmfilemapctl {

/// The one that is asked.
[[nodiscard]] inline app::ctl::client daemon_of(const options& given) {
    return {given.socket, "dmfilemapctl/" DMFILEMAPD_VERSION};
}

}  // namespace dmfilemapctl
