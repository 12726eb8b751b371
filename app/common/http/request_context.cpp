#include "common/http/request_context.hpp"

#include "common/http/json.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace app::control {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

// Formats the present time. The names of days and months need the C locale, which the program never changes.
std::string http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 40> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text.data();
}

boost::beast::string_view as_field(std::string_view text) {
    return {text.data(), text.size()};
}

// Protects browsers: a page may load, run and send only within this origin, and other sites can neither frame nor read
// the page.
constexpr std::pair<std::string_view, std::string_view> protections[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

}  // namespace

request_context::response request_context::head_of(http::status status, std::string_view type) const {
    response head{status, asked.version};
    head.set(http::field::server, offered().product);
    head.set(http::field::date, http_date());
    head.set(http::field::content_type, as_field(type));
    head.set(http::field::cache_control, "no-store");
    for (const auto& [name, value] : protections) head.set(as_field(name), as_field(value));
    return head;
}

asio::awaitable<void> request_context::send(response head, std::string body) {
    head.content_length(body.size());
    head.keep_alive(asked.keep_alive);
    client_.stream.expires_after(options().patience);
    http::response_serializer<http::empty_body> serializer{head};
    co_await http::async_write_header(client_.stream, serializer, asio::use_awaitable);
    if (!is_head()) co_await asio::async_write(client_.stream, asio::buffer(body), asio::use_awaitable);
}

asio::awaitable<void> request_context::answer(std::string text, std::string_view type) {
    return send(head_of(http::status::ok, type), std::move(text));
}

asio::awaitable<void> request_context::answer(std::string json, http::status status) {
    json += '\n';
    return send(head_of(status, json_type), std::move(json));
}

asio::awaitable<void> request_context::answer(problem wrong) {
    response head = head_of(wrong.status, problem_type);
    if (!wrong.allow.empty()) head.set(http::field::allow, wrong.allow);
    return send(std::move(head), json_of(wrong) + '\n');
}

void request_context::allow_time() {
    const auto pause_ends = std::chrono::steady_clock::now() + options().patience;
    client_.stream.expires_at(deadline_ ? std::min(pause_ends, *deadline_) : pause_ends);
}

asio::awaitable<void> request_context::begin(std::string_view type) {
    deadline_ = std::chrono::steady_clock::now() + options().answer_patience;
    return begin_endless(type);
}

asio::awaitable<void> request_context::begin_endless(std::string_view type) {
    response head = head_of(http::status::ok, type);
    // HTTP/1.0 has no chunks, so the end of the connection ends the answer.
    if (asked.version < 11) asked.keep_alive = false;
    if (asked.version >= 11) head.chunked(true);
    head.keep_alive(asked.keep_alive);
    allow_time();
    http::response_serializer<http::empty_body> serializer{head};
    co_await http::async_write_header(client_.stream, serializer, asio::use_awaitable);
}

asio::awaitable<void> request_context::piece(std::string text) {
    if (is_head() || text.empty()) co_return;
    allow_time();
    const auto whole = asio::buffer(text);
    if (asked.version >= 11) {
        const auto chunk = http::make_chunk(whole);
        co_await asio::async_write(client_.stream, chunk, asio::use_awaitable);
    } else {
        co_await asio::async_write(client_.stream, whole, asio::use_awaitable);
    }
    // Yield to handlers that became ready meanwhile, also if the write completed at once.
    co_await asio::post(client_.stream.get_executor(), asio::use_awaitable);
}

asio::awaitable<void> request_context::end() {
    if (is_head() || asked.version < 11) co_return;
    allow_time();
    const auto last = http::make_chunk_last();
    co_await asio::async_write(client_.stream, last, asio::use_awaitable);
}

}  // namespace app::control
