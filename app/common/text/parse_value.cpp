#include "common/text/parse_value.hpp"

#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace app {
namespace {

constexpr std::uint64_t ns_of_ms = 1'000'000;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

void refuse_value(std::string_view what, std::string_view text, std::string_view why) {
    throw usage_error(std::string(what) + ' ' + quoted(text) + ": " + std::string(why));
}

bool looks_like_number(std::string_view text) noexcept {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

std::size_t leading_digits(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

std::uint64_t parse_number(std::string_view what, std::string_view text, std::uint64_t least, std::uint64_t most) {
    if (looks_like_number(text) && text.front() == '-') refuse_value(what, text, "negative");
    if (text.empty() || !std::ranges::all_of(text, is_digit)) refuse_value(what, text, "not a whole number");
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value > most) refuse_value(what, text, "greater than " + std::to_string(most));
    if (value < least) refuse_value(what, text, "less than " + std::to_string(least));
    return value;
}

std::uint64_t unit_of(std::string_view what, std::string_view text, std::string_view suffix) {
    if (suffix.empty() || suffix == "ns") return 1;
    if (suffix == "us") return 1000;
    if (suffix == "ms") return ns_of_ms;
    if (suffix == "s") return 1000 * ns_of_ms;
    refuse_value(what, text, "not a time with one of the units ns, us, ms, s");
}

std::uint64_t parse_time(std::string_view what, std::string_view text, std::string_view unit, std::uint64_t least,
                         std::uint64_t most) {
    const std::size_t digits = leading_digits(text);
    if (looks_like_number(text) || digits == 0) return parse_number(what, text, least, most);
    const std::uint64_t factor = unit_of(what, text, text.substr(digits));
    const std::uint64_t ns =
        factor * parse_number(what, text.substr(0, digits), 0, std::numeric_limits<std::int64_t>::max() / factor);
    const std::uint64_t ns_of_unit = unit_of(what, text, unit);
    if (ns % ns_of_unit != 0) refuse_value(what, text, "not a whole number of " + std::string(unit));
    const std::uint64_t value = ns / ns_of_unit;
    if (value > most) refuse_value(what, text, "greater than " + std::to_string(most) + ' ' + std::string(unit));
    if (value < least) refuse_value(what, text, "less than " + std::to_string(least) + ' ' + std::string(unit));
    return value;
}

boost::asio::ip::tcp::endpoint parse_address(std::string_view what, std::string_view text) {
    namespace ip = boost::asio::ip;
    const auto refuse_form = [&] { refuse_value(what, text, "not ADDRESS:PORT, [ADDRESS]:PORT or PORT"); };
    const std::size_t colon = text.rfind(':');
    const std::string_view port = text.substr(colon + 1);
    if (!looks_like_number(port)) refuse_form();
    const auto number = static_cast<ip::port_type>(parse_number(what, port, 1, 65535));
    if (colon == text.npos) return {ip::address_v4::loopback(), number};
    std::string_view host = text.substr(0, colon);
    const bool is_v6 = host.starts_with('[') && host.ends_with(']');
    if (is_v6) host = host.substr(1, host.size() - 2);
    boost::system::error_code wrong;
    const ip::address address = ip::make_address(std::string(host), wrong);
    if (wrong || address.is_v6() != is_v6) refuse_form();
    return {address, number};
}

std::string parse_path(std::string_view what, std::string_view text) {
    if (text.empty()) refuse_value(what, text, "empty");
    if (text.front() != '/') refuse_value(what, text, "not absolute");
    return std::string(text);
}

}  // namespace app
