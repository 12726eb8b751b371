#pragma once

#include "common/http/api.hpp"
#include "common/http/connection.hpp"
#include "common/http/event_hub.hpp"
#include "common/http/problem.hpp"
#include "common/http/request.hpp"
#include "common/http/server_options.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/verb.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app::control {

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view problem_type = "application/problem+json";
inline constexpr std::string_view lines_type = "application/x-ndjson";

/// State shared by all connections of a server.
struct server_context {
    const api& offered;
    event_hub& events;
    const server_options& options;
    /// True for a server without peer credentials, which offers only public routes. Public routes change nothing.
    bool only_public = false;
};

/// Parsed request.
struct request {
    boost::beast::http::verb method = boost::beast::http::verb::unknown;
    /// HTTP version: 10 or 11.
    unsigned version = 11;
    /// File named by the request: the text matched by * in the route, or the parameter "path".
    std::optional<std::string> file;
    /// Words matched by {} in the route.
    std::vector<std::string> words;
    /// Value of the route's own parameter.
    std::optional<std::string> parameter;
    /// Value of the field Accept.
    std::string accept;
    std::string body;
    /// True if the connection accepts another request.
    bool keep_alive = false;
};

/// Request and its answer. If the client is gone or too slow, every function throws boost::system::system_error.
class request_context {
public:
    request_context(const server_context& around, connection& client) noexcept : around_(around), client_(client) {}

    request asked;

    [[nodiscard]] const api& offered() const noexcept { return around_.offered; }
    [[nodiscard]] event_hub& events() const noexcept { return around_.events; }
    [[nodiscard]] const server_options& options() const noexcept { return around_.options; }
    [[nodiscard]] bool only_public() const noexcept { return around_.only_public; }
    [[nodiscard]] connection& client() const noexcept { return client_; }

    /// Sends a complete answer.
    boost::asio::awaitable<void> answer(std::string text, std::string_view type);
    /// Sends a complete answer of one line of JSON.
    boost::asio::awaitable<void> answer(std::string json,
                                        boost::beast::http::status status = boost::beast::http::status::ok);
    boost::asio::awaitable<void> answer(problem wrong);

    /// Starts a chunked answer. The event loop runs other work between chunks. The client must read the answer within
    /// `answer_patience`.
    boost::asio::awaitable<void> begin(std::string_view type);
    /// Starts a chunked answer without a deadline for the whole.
    boost::asio::awaitable<void> begin_endless(std::string_view type);
    boost::asio::awaitable<void> piece(std::string text);
    boost::asio::awaitable<void> end();

private:
    using response = boost::beast::http::response<boost::beast::http::empty_body>;
    [[nodiscard]] response head_of(boost::beast::http::status status, std::string_view type) const;
    boost::asio::awaitable<void> send(response head, std::string body);
    void allow_time();
    [[nodiscard]] bool is_head() const noexcept { return asked.method == boost::beast::http::verb::head; }

    const server_context& around_;
    connection& client_;
    /// Deadline for the whole answer.
    std::optional<std::chrono::steady_clock::time_point> deadline_;
};

}  // namespace app::control
