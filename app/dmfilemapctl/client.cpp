#include "client.hpp"

#include "display.hpp"
#include "refusal.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
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

#include <sys/un.h>

namespace dmfilemapctl {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using protocol = asio::local::stream_protocol;
using stream_type = beast::basic_stream<protocol>;
using request = http::request<http::string_body>;
using text_function = std::function<void(std::string_view)>;

// Longer than the daemon takes to say that something takes long.
constexpr std::chrono::seconds patience{90};

request request_for(http::verb method, const std::string& target, const std::string& json) {
    request message{method, target, 11};
    message.set(http::field::host, "localhost");
    message.set(http::field::user_agent, "dmfilemapctl/" DMFILEMAPD_VERSION);
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
    // Only what was asked for goes on and on.
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

reply talk(const std::string& socket, const request& message, const text_function& on_text) {
    const std::string name = dmfilemapd::displayed(socket);
    if (socket.empty() || socket.size() >= sizeof sockaddr_un::sun_path) {
        throw dmfilemapd::refusal("--socket '" + name + "': empty or too long for a socket");
    }
    asio::io_context events{1};
    stream_type stream(events);
    const protocol::endpoint where(socket);
    reply result;
    std::exception_ptr wrong;
    asio::co_spawn(events, converse(stream, message, where, on_text, result),
                   [&wrong](std::exception_ptr why) { wrong = std::move(why); });
    events.run();
    try {
        if (wrong) std::rethrow_exception(wrong);
    } catch (const boost::system::system_error& failed) {
        throw dmfilemapd::refusal(name + ": " + cause_of(failed.code()));
    }
    return result;
}

}  // namespace

reply ask(const std::string& socket, http::verb method, const std::string& target, const std::string& json) {
    return talk(socket, request_for(method, target, json), {});
}

reply listen(const std::string& socket, http::verb method, const std::string& target, const text_function& on_text) {
    return talk(socket, request_for(method, target, {}), on_text);
}

}  // namespace dmfilemapctl
