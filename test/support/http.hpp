#pragma once

#include <cstdint>
#include <string>

namespace filemap::test {

/**
 * @brief Asks an HTTP server for @p target, by HTTP/1.0: the answer has no chunks and ends with the connection.
 * @param fields Further fields of the header, each with its line end.
 * @return The body; empty if the connection is refused or the status is not 200.
 */
[[nodiscard]] std::string http_get(const std::string& socket, const std::string& target,
                                   const std::string& fields = {});
/// The same on a port of 127.0.0.1.
[[nodiscard]] std::string http_get(std::uint16_t port, const std::string& target, const std::string& fields = {});

/// Header field that requests OpenMetrics, whose last line is "# EOF".
inline constexpr const char* accept_open_metrics = "Accept: application/openmetrics-text\r\n";

}  // namespace filemap::test
