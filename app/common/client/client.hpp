#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/verb.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace app::ctl {

struct reply {
    unsigned status = 0;
    std::string body;
};

/// HTTP client of the daemon that listens on a socket. Each request has its own connection.
class client {
public:
    /// @param product "NAME/VERSION", for the field User-Agent.
    client(std::string socket, std::string product) : socket_(std::move(socket)), product_(std::move(product)) {}

    [[nodiscard]] const std::string& socket() const noexcept { return socket_; }

    /// Sends a request. @param json Body; empty for none. @throws startup_error naming the socket, if no daemon
    /// answers.
    [[nodiscard]] reply ask(boost::beast::http::verb method, const std::string& target,
                            const std::string& json = {}) const;

    /// Sends a GET request asynchronously. The coroutine owns copies of its arguments.
    [[nodiscard]] boost::asio::awaitable<reply> async_get(const std::string& target) const;

    /// Returns the body of a successful answer. If the request failed, throws the daemon's reason. @throws
    /// startup_error
    [[nodiscard]] std::string body_of(reply got) const;

    /// Reads an endless answer until the daemon closes it. @param on_text Receives the chunks as they arrive.
    /// @return Status and, if the answer is no stream, its body. @throws startup_error
    reply listen(boost::beast::http::verb method, const std::string& target,
                 const std::function<void(std::string_view)>& on_text) const;

private:
    std::string socket_;
    std::string product_;
};

}  // namespace app::ctl
