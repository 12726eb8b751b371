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

/// Asks the daemon that listens on a socket; each request on a connection of its own.
class client {
public:
    /// @param product "NAME/VERSION", for the field User-Agent.
    client(std::string socket, std::string product) : socket_(std::move(socket)), product_(std::move(product)) {}

    [[nodiscard]] const std::string& socket() const noexcept { return socket_; }

    /// @param json The body; empty for none. @throws startup_error naming the socket, if no daemon answers.
    [[nodiscard]] reply ask(boost::beast::http::verb method, const std::string& target,
                            const std::string& json = {}) const;

    /// Asynchronous `ask` with GET. The coroutine owns copies of its arguments.
    [[nodiscard]] boost::asio::awaitable<reply> async_get(const std::string& target) const;

    /// Returns the body of a successful answer. @throws startup_error with the daemon's reason otherwise
    [[nodiscard]] std::string body_of(reply got) const;

    /// Reads an endless answer until the daemon closes it. @param on_text Receives the chunks as they arrive.
    /// @return The status, and the body of an answer that is not a stream. @throws startup_error
    reply listen(boost::beast::http::verb method, const std::string& target,
                 const std::function<void(std::string_view)>& on_text) const;

private:
    std::string socket_;
    std::string product_;
};

}  // namespace app::ctl
