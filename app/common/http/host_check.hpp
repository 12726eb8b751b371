#pragma once

#include <span>
#include <string>
#include <string_view>

namespace app::control {

/// Whether a field Host, of a server that listens somewhere, is meant for it: an address in numbers, "localhost", or
/// one of the @p names, in any case and with any port.
[[nodiscard]] bool is_own_host(std::string_view host, std::span<const std::string> names);

/// What the machine calls itself; empty if it does not.
[[nodiscard]] std::string name_of_machine();

}  // namespace app::control
