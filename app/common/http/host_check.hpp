#pragma once

#include <span>
#include <string>
#include <string_view>

namespace app::control {

/// Returns true if the field Host names this server: a numeric address, "localhost" or one of @p names, in any case
/// and with any port.
[[nodiscard]] bool is_own_host(std::string_view host, std::span<const std::string> names);

/// Returns the host name; empty if there is none.
[[nodiscard]] std::string name_of_machine();

}  // namespace app::control
