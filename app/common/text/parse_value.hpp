#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Parses values of arguments, options and configuration keys. Each function throws `usage_error`, naming the argument
/// by @p what.
namespace app {

/// Throws usage_error "WHAT 'TEXT': WHY".
[[noreturn]] void refuse_value(std::string_view what, std::string_view text, std::string_view why);

/// Returns true for an optional sign followed by digits.
[[nodiscard]] bool looks_like_number(std::string_view text) noexcept;
[[nodiscard]] std::size_t leading_digits(std::string_view text);

[[nodiscard]] std::uint64_t parse_number(std::string_view what, std::string_view text, std::uint64_t least,
                                         std::uint64_t most);

/// Returns the nanoseconds of a unit: ns, us, ms or s; ns if @p suffix is empty.
[[nodiscard]] std::uint64_t unit_of(std::string_view what, std::string_view text, std::string_view suffix);

/// Parses a whole number of @p unit, or a number with one of the units ns, us, ms, s. @return Value in @p unit.
[[nodiscard]] std::uint64_t parse_time(std::string_view what, std::string_view text, std::string_view unit,
                                       std::uint64_t least, std::uint64_t most);

/// Parses "ADDRESS:PORT", "[ADDRESS]:PORT" or, for the loopback address, "PORT".
[[nodiscard]] boost::asio::ip::tcp::endpoint parse_address(std::string_view what, std::string_view text);

/// Parses a path, which must be absolute.
[[nodiscard]] std::string parse_path(std::string_view what, std::string_view text);

}  // namespace app
