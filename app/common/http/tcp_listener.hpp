#pragma once

#include "common/http/api.hpp"
#include "common/http/server_options.hpp"

#include <filemap/fs/descriptor.hpp>
#include <filemap/logger.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace app::control {

/// Returns a listening socket. @throws startup_error naming the address
[[nodiscard]] filemap::fs::descriptor listen_at(const boost::asio::ip::tcp::endpoint& address);

/**
 * @brief Serves public routes to any client that can connect to an address.
 * @details Rejects requests whose Host is not the server's own. Otherwise a foreign web page could resolve its own name
 * to this address and read the answers in a visitor's browser.
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; all calls from the event loop's thread.
 */
class metrics_server {
public:
    /// @param listening Socket from @ref listen_at.
    /// @param offered   Routes and events. Must outlive all connections, which end some time after @ref stop.
    metrics_server(boost::asio::any_io_executor events, filemap::fs::descriptor listening, api offered,
                   filemap::logger log, server_options options);
    metrics_server(const metrics_server&) = delete;
    metrics_server& operator=(const metrics_server&) = delete;
    /// Calls `stop`.
    ~metrics_server();

    void start();
    /// Closes the socket and all connections.
    void stop();

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace app::control
