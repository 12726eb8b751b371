#pragma once

#include "options.hpp"

#include <common/ctl/client.hpp>

namespace dmfilemapctl {

/// The one that is asked.
[[nodiscard]] inline app::ctl::client daemon_of(const options& given) {
    return {given.socket, "dmfilemapctl/" DMFILEMAPD_VERSION};
}

}  // namespace dmfilemapctl
