#include "common/http/host_check.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <array>

#include <unistd.h>

namespace app::control {
namespace {

bool same_name(std::string_view one, std::string_view other) {
    return boost::beast::iequals({one.data(), one.size()}, {other.data(), other.size()});
}

// Returns the host without the port and without the brackets of an IPv6 address.
std::string_view bare(std::string_view host) {
    if (host.starts_with('[')) {
        const std::size_t end = host.find(']');
        return end == std::string_view::npos ? std::string_view() : host.substr(1, end - 1);
    }
    return host.substr(0, host.find(':'));
}

}  // namespace

bool is_own_host(std::string_view host, std::span<const std::string> names) {
    const std::string_view name = bare(host);
    if (same_name(name, "localhost")) return true;
    boost::system::error_code no_address;
    boost::asio::ip::make_address(std::string(name), no_address);
    return !no_address || std::ranges::any_of(names, [&](const std::string& own) { return same_name(name, own); });
}

std::string name_of_machine() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace app::control
