#include "common/client/client.hpp"

#include "common/cli/startup_error.hpp"
#include "common/client/json_text.hpp"
#include "common/text/display.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <utility>

#include <sys/un.h>

namespace app::ctl {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using protocol = asio::local::stream_protocol;
using stream_type = beast::basic_stream<protocol>;
using request = http::request<http::string_body>;
using text_function = std::function<void(std::string_view)>;

// Timeout of a request. Exceeds the time after which the daemon reports that an action is still running.
constexpr std::chrono::seconds patience{90};

request request_for(const std::string& product, http::verb method, const std::string& target, const std::string& json) {
    request message{method, target, 11};
    message.set(http::field::host, "localhost");
    message.set(http::field::user_agent, product);
    if (!json.empty()) message.set(http::field::content_type, "application/json");
    message.body() = json;
    message.prepare_payload();
    message.keep_alive(false);
    return message;
}

asio::awaitable<void> converse(stream_type& stream, const request& message, const protocol::endpoint& where,
                               const text_function& on_text, reply& into) {
    stream.expires_after(patience);
    co_await stream.socket().async_connect(where, asio::use_awaitable);
    co_await http::async_write(stream, message, asio::use_awaitable);
    beast::flat_buffer received;
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    co_await http::async_read_header(stream, received, parser, asio::use_awaitable);
    into.status = parser.get().result_int();
    // An answer is endless only if the caller has passed a reader of chunks.
    const bool is_endless = on_text && into.status == 200;
    if (is_endless) stream.expires_never();
    std::string& body = parser.get().body();
    while (!parser.is_done()) {
        co_await http::async_read_some(stream, received, parser, asio::use_awaitable);
        if (!is_endless) continue;
        on_text(body);
        body.clear();
    }
    into.body = std::move(body);
}

std::string cause_of(const boost::system::error_code& error) {
    using boost::system::errc::errc_t;
    if (error == errc_t::no_such_file_or_directory || error == errc_t::connection_refused) return "no daemon listens";
    if (error == beast::error::timeout) return "no answer within " + std::to_string(patience.count()) + " s";
    if (error == http::error::end_of_stream || error == http::error::partial_message ||
        error == errc_t::connection_reset || error == errc_t::broken_pipe) {
        return "the daemon ended the connection";
    }
    return error.message();
}

void check_name(const std::string& socket) {
    if (socket.empty() || socket.size() >= sizeof sockaddr_un::sun_path) {
        throw startup_error("--socket " + quoted(socket) + ": empty or too long for a socket");
    }
}

asio::awaitable<reply> async_talk(std::string socket, request message, text_function on_text) {
    check_name(socket);
    const auto executor = co_await asio::this_coro::executor;
    stream_type stream(executor);
    const protocol::endpoint where(socket);
    reply result;
    boost::system::error_code error;
    try {
        co_await converse(stream, message, where, on_text, result);
    } catch (const boost::system::system_error& failed) {
        error = failed.code();
    }
    if (error) throw startup_error(displayed(socket) + ": " + cause_of(error));
    co_return result;
}

reply talk(const std::string& socket, request message, text_function on_text) {
    asio::io_context events{1};
    reply result;
    std::exception_ptr wrong;
    asio::co_spawn(events, async_talk(socket, std::move(message), std::move(on_text)),
                   [&](std::exception_ptr why, reply got) {
                       wrong = std::move(why);
                       result = std::move(got);
                   });
    events.run();
    if (wrong) std::rethrow_exception(wrong);
    return result;
}

}  // namespace

reply client::ask(http::verb method, const std::string& target, const std::string& json) const {
    return talk(socket_, request_for(product_, method, target, json), {});
}

asio::awaitable<reply> client::async_get(const std::string& target) const {
    return async_talk(socket_, request_for(product_, http::verb::get, target, {}), {});
}

std::string client::body_of(reply got) const {
    constexpr unsigned ok = 200, accepted = 202;
    if (got.status == ok) return std::move(got.body);
    if (got.status == accepted) throw startup_error("it takes long, and goes on");
    std::string detail;
    try {
        detail = detail_of(got.body);
    } catch (const std::exception&) {
        detail = displayed(socket_) + ": status " + std::to_string(got.status) + ", and no reason that can be read";
    }
    throw startup_error(detail);
}

reply client::listen(http::verb method, const std::string& target, const text_function& on_text) const {
    return talk(socket_, request_for(product_, method, target, {}), on_text);
}

}  // namespace app::ctl
