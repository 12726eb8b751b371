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

/// What all connections share.
struct server_context {
    const api& offered;
    event_hub& events;
    const server_options& options;
    /// Those who cannot be asked who they are change nothing.
    bool only_public = false;
};

/// A request.
struct request {
    boost::beast::http::verb method = boost::beast::http::verb::unknown;
    /// 10 or 11.
    unsigned version = 11;
    /// What stands in the place of * in the route, and then the parameter: the file that is meant.
    std::optional<std::string> file;
    /// What stands in the places of {} in the route.
    std::vector<std::string> words;
    /// Of the parameter that the route has.
    std::optional<std::string> parameter;
    /// The field of that name.
    std::string accept;
    std::string body;
    /// Whether another one may follow.
    bool keep_alive = false;
};

/// One request and its answer. Every function throws boost::system::system_error when the client is gone or too slow.
class request_context {
public:
    request_context(const server_context& around, connection& client) noexcept : around_(around), client_(client) {}

    request asked;

    [[nodiscard]] const api& offered() const noexcept { return around_.offered; }
    [[nodiscard]] event_hub& events() const noexcept { return around_.events; }
    [[nodiscard]] const server_options& options() const noexcept { return around_.options; }
    [[nodiscard]] bool only_public() const noexcept { return around_.only_public; }
    [[nodiscard]] connection& client() const noexcept { return client_; }

    /// A whole answer.
    boost::asio::awaitable<void> answer(std::string text, std::string_view type);
    /// The same: a line of JSON.
    boost::asio::awaitable<void> answer(std::string json,
                                        boost::beast::http::status status = boost::beast::http::status::ok);
    boost::asio::awaitable<void> answer(problem wrong);

    /// An answer in pieces, between which the event loop gets its turn, and which is to be taken in time.
    boost::asio::awaitable<void> begin(std::string_view type);
    /// The same, for as long as there is something to tell.
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
    /// Of the whole answer.
    std::optional<std::chrono::steady_clock::time_point> deadline_;
};

}  // namespace app::control
