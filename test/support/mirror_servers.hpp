#pragma once

#include "support/supervised_server.hpp"

namespace filemap::test {

/// The command of the daemon.
[[nodiscard]] std::vector<std::string> mirror_server(milliseconds clear_delay = seconds{1},
                                                     const std::string& more = {});
/// The server for tests, which takes any socket.
[[nodiscard]] std::vector<std::string> plain_server(milliseconds clear_delay = seconds{1});
/// The server for tests that waits for no disk.
[[nodiscard]] std::vector<std::string> forgetful_server(milliseconds clear_delay = seconds{1});

}  // namespace filemap::test
