#include "unit/dmfilemapd/api/api_fixture.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace filemap::test {

namespace http = boost::beast::http;
using clock = std::chrono::steady_clock;

world::world(app::control::server_options options, app::control::socket_options socket)
    : path(directory / "control.sock"), options_(options), socket_(std::move(socket)) {
    socket_.path = path;
    socket_.program = program_name;
    start();
}

void world::start() {
    ended = false;
    logger log(log_level::debug, [this](log_level, std::string_view text) { logged.emplace_back(text); });
    server = std::make_unique<app::control::server>(events.get_executor(),
                                                    std::make_unique<app::control::control_socket>(socket_),
                                                    control::api_of(service), std::move(log), options_);
    server->async_run([this](std::exception_ptr why) {
        ended = true;
        failed = std::move(why);
    });
}

world::~world() {
    if (!ended) stop();
}

bool world::turn_until(const std::function<bool()>& condition) {
    const auto deadline = clock::now() + bound;
    while (!condition()) {
        if (clock::now() > deadline) return false;
        events.restart();
        events.run_one_for(std::chrono::milliseconds{1});
    }
    return true;
}

bool world::stop() {
    server->stop();
    return turn_until([this] { return ended; }) && !failed;
}

raw_client::raw_client(world& in) : in_(in), socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    in.path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int cause = errno;
        ::close(socket_);
        throw std::system_error(cause, std::system_category(), in.path);
    }
}

raw_client::~raw_client() {
    close();
}

bool raw_client::send(std::string_view text) {
    return in_.turn_until([&] {
        const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return true;
        if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
        return text.empty();
    }) && text.empty();
}

void raw_client::end_sending() {
    ::shutdown(socket_, SHUT_WR);
}

void raw_client::close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

bool raw_client::read_some(std::size_t most) {
    std::string some(most, '\0');
    const ssize_t size = ::recv(socket_, some.data(), some.size(), 0);
    if (size > 0) received_.append(some, 0, static_cast<std::size_t>(size));
    at_end_ = size == 0 || (size < 0 && errno != EAGAIN);
    return size > 0;
}

answer raw_client::receive(bool to_head) {
    http::response_parser<http::string_body> parser;
    parser.eager(true);
    parser.skip(to_head);
    parser.body_limit(boost::none);
    const bool complete = in_.turn_until([&] {
        boost::system::error_code error;
        received_.erase(0, parser.put(boost::asio::buffer(received_), error));
        if (error && error != http::error::need_more) return true;
        if (parser.is_done()) return true;
        if (read_some()) return false;
        if (at_end_ && parser.is_header_done()) parser.put_eof(error);
        return at_end_;
    });
    if (!complete || !parser.is_done()) return {};
    const auto& message = parser.get();
    return {message.result_int(),
            std::string(message[http::field::content_type]),
            std::string(message[http::field::allow]),
            message.body(),
            message.keep_alive(),
            message.chunked()};
}

bool raw_client::is_ended() {
    return in_.turn_until([&] { return !read_some() && at_end_; }) && received_.empty();
}

void raw_client::take(std::size_t size) {
    read_some(size);
}

const std::string& raw_client::received() {
    while (read_some()) continue;
    return received_;
}

answer ask(world& in, const std::string& method_and_target, const std::string& rest, const std::string& body) {
    raw_client client(in);
    client.send(method_and_target + " HTTP/1.1\r\nHost: x\r\n" + rest + "\r\n" + body);
    return client.receive(method_and_target.starts_with("HEAD "));
}

answer post_json(world& in, const std::string& target, const std::string& body) {
    return ask(in, "POST " + target,
               "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n", body);
}

bool is_problem(const answer& got, unsigned status, const std::string& detail) {
    BOOST_TEST(got.status == status, got.status << " instead of " << status << ": " << got.body);
    BOOST_TEST(got.type == "application/problem+json");
    boost::system::error_code error;
    const auto object = boost::json::parse(got.body, error);
    BOOST_TEST_REQUIRE(!error, got.body);
    const auto& members = object.as_object();
    BOOST_TEST(members.at("status").to_number<unsigned>() == status);
    BOOST_TEST(members.at("type").as_string() == "about:blank");
    const std::string text(members.at("detail").as_string());
    BOOST_TEST(text.find(detail) != std::string::npos, "no '" << detail << "' in: " << text);
    return got.status == status && text.find(detail) != std::string::npos;
}

}  // namespace filemap::test
