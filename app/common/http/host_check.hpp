#pragma once

#include <span>
#include <string>
#include <string_view>

namespace app::control {

/// Returns true if the field Host names this server: a numeric address, "localhost" or one of @p names. Ignores case
/// and port.
[[nodiscard]] bool is_own_host(std::string_view host, std::span<const std::string> names);

/// Returns the host name of this machine; empty if there is none.
[[nodiscard]] std::string name_of_machine();

}  // namespace app::control
