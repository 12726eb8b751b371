#include "common/http/session.hpp"

#include "common/http/host_check.hpp"
#include "common/http/router.hpp"
#include "common/text/display.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace app::control {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

using boost::system::error_code;
using parser = http::request_parser<http::string_body>;

// Limit of request bytes read after an error response, so that the client can read the response before the connection
// closes.
constexpr std::size_t max_discarded = 1024 * 1024;
constexpr std::size_t discarded_at_once = 16 * 1024;
constexpr std::chrono::seconds linger_time{1};

std::string_view as_view(beast::string_view text) {
    return {text.data(), text.size()};
}

// Returns nothing if the client is gone.
std::optional<problem> problem_of(const error_code& error) {
    using http::status;
    if (error == http::error::end_of_stream ||
        error.category() != http::make_error_code(http::error::bad_method).category()) {
        return std::nullopt;
    }
    if (error == http::error::header_limit)
        return problem(status::request_header_fields_too_large, "the header is too long");
    if (error == http::error::body_limit) return problem(status::payload_too_large, "the body is too long");
    return problem(status::bad_request, "no HTTP request: " + error.message());
}

bool is_json(const parser::value_type& message) {
    const std::string_view type = as_view(message[http::field::content_type]);
    const std::string_view bare = type.substr(0, type.find_first_of("; \t"));
    return beast::iequals(beast::string_view(bare.data(), bare.size()), "application/json");
}

// Returns the file named in the path or in the parameter.
parsed<std::optional<std::string>> file_meant(const found_route& route, const location& where) {
    if (where.file && !route.to->takes_path) {
        return problem(http::status::bad_request, "the parameter \"path\" has no meaning here");
    }
    if (route.file.empty()) return where.file;
    auto file = parse_file(route.file);
    if (!file) return file.error();
    return std::optional(*std::move(file));
}

// Stores the variable parts of the request target that the route declares.
parsed<void> take_words(request& into, const found_route& route, const location& where) {
    if (where.other && where.other->name != route.to->parameter)
        return problem(http::status::bad_request, "unknown parameter " + quoted(where.other->name));
    if (where.other) into.parameter = where.other->value;
    for (const std::string_view encoded : route.words) {
        auto word = parse_word(encoded);
        if (!word) return word.error();
        into.words.push_back(*std::move(word));
    }
    return {};
}

// Returns the route. Uses only the header, so that a client need not send the body of a request without a route.
parsed<const route*> route_of(const parser::value_type& message, request_context& with) {
    using http::status;
    if (message.version() >= 11 && message.count(http::field::host) != 1) {
        return problem(status::bad_request, "not one Host field");
    }
    const std::string_view host = as_view(message[http::field::host]);
    if (with.only_public() && !host.empty() && !is_own_host(host, with.options().hosts))
        return problem(status::misdirected_request, "the host " + quoted(host) + " is not among [metrics] hosts");
    const auto where = parse_location(as_view(message.target()));
    if (!where) return where.error();
    const auto found = find_route(with.offered().routes, message.method(), where->path, with.only_public());
    if (!found) return found.error();
    auto file = file_meant(*found, *where);
    if (!file) return file.error();
    if (found->to->takes_json && !is_json(message)) {
        return problem(status::unsupported_media_type,
                       "the body is to be JSON, with \"Content-Type: application/json\"");
    }
    if (auto taken = take_words(with.asked, *found, *where); !taken) return taken.error();
    with.asked.file = *std::move(file);
    return found->to;
}

asio::awaitable<error_code> receive_body(request_context& with, parser& incoming) {
    if (incoming.is_done()) co_return error_code{};
    connection& client = with.client();
    client.stream.expires_after(with.options().patience);
    if (beast::iequals(incoming.get()[http::field::expect], "100-continue")) {
        const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await asio::async_write(client.stream, asio::buffer(go_on), asio::use_awaitable);
    }
    const auto [error, size] = co_await http::async_read(client.stream, client.received, incoming, as_result);
    co_return error;
}

// Sends an error response. The body stays unread, so the connection cannot be used again.
asio::awaitable<void> refuse(request_context& with, const parser& incoming, problem why) {
    with.asked.keep_alive = incoming.is_done() && incoming.keep_alive();
    return with.answer(std::move(why));
}

asio::awaitable<void> answer(request_context& with, parser& incoming) {
    const auto found = route_of(incoming.get(), with);
    if (!found) {
        co_await refuse(with, incoming, found.error());
        co_return;
    }
    const error_code error = co_await receive_body(with, incoming);
    if (auto wrong = problem_of(error)) {
        co_await refuse(with, incoming, *std::move(wrong));
    } else if (!error) {
        with.asked.keep_alive = incoming.keep_alive();
        with.asked.body = std::move(incoming.get().body());
        with.client().idle_since.reset();
        co_await (*found)->answer(with);
    }
}

asio::awaitable<void> linger(connection& client) {
    error_code ignored;
    client.stream.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    client.stream.expires_after(linger_time);
    for (std::size_t discarded = 0; discarded < max_discarded && !client.closed;) {
        client.received.clear();
        const auto space = client.received.prepare(discarded_at_once);
        const auto [error, size] = co_await client.stream.async_read_some(space, as_result);
        if (error) break;
        discarded += size;
    }
}

// Handles one request. Returns true if another request may follow.
asio::awaitable<bool> serve_one(const server_context& around, connection& client,
                                const std::optional<problem>& verdict) {
    parser incoming;
    incoming.header_limit(static_cast<std::uint32_t>(around.options.max_header_length));
    incoming.body_limit(around.options.max_body_length);
    client.stream.expires_after(around.options.patience);
    const auto [error, size] = co_await http::async_read_header(client.stream, client.received, incoming, as_result);
    request_context with(around, client);
    if (auto wrong = problem_of(error)) {
        co_await with.answer(*std::move(wrong));
    } else if (!error) {
        with.asked.method = incoming.get().method();
        with.asked.version = incoming.get().version();
        with.asked.accept = as_view(incoming.get()[http::field::accept]);
        // Avoids the conditional operator: g++ 12 destroys its operands before the await.
        if (verdict) {
            co_await with.answer(*verdict);
        } else {
            co_await answer(with, incoming);
        }
    }
    co_return with.asked.keep_alive;
}

}  // namespace

asio::awaitable<void> serve(const server_context& around, connection& client, std::optional<problem> verdict) {
    for (bool go_on = true; go_on && !client.closed;) {
        go_on = co_await serve_one(around, client, verdict);
        client.idle_since = std::chrono::steady_clock::now();
    }
    if (!client.closed) co_await linger(client);
}

}  // namespace app::control
