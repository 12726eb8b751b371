#pragma once

#include "common/http/server.hpp"
#include "dmfilemapd/api/routes.hpp"
#include "dmfilemapd/cli/program_name.hpp"
#include "unit/dmfilemapd/api/fake_service.hpp"
#include "unit/filemap/fs/scratch_directory.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::test {

/// Timeout far longer than any tested operation.
inline constexpr std::chrono::seconds bound{60};

/// Server of a fake service, on a socket in its own directory. The test runs the event loop.
class world {
public:
    explicit world(app::control::server_options options = {}, app::control::socket_options socket = {});
    ~world();

    /// Runs the event loop until the condition holds. Returns false after a timeout.
    bool turn_until(const std::function<bool()>& condition);
    /// Stops the server. Returns true if the server ended without an error.
    bool stop();
    /// Starts another server in place of a stopped one.
    void start();

    scratch_directory directory;
    std::string path;
    boost::asio::io_context events{1};
    fake_target service;
    std::vector<std::string> logged;
    std::unique_ptr<app::control::server> server;
    bool ended = false;
    std::exception_ptr failed;

private:
    app::control::server_options options_;
    app::control::socket_options socket_;
};

struct answer {
    unsigned status = 0;
    std::string type;
    std::string allow;
    /// Body without the framing of chunks.
    std::string body;
    bool keep_alive = false;
    bool chunked = false;
};

/// Client that sends raw bytes, unlike a library's client.
class raw_client {
public:
    /// Connects to the server. @throws std::system_error
    explicit raw_client(world& in);
    /// @param connected Nonblocking socket; this object takes its ownership.
    raw_client(world& in, int connected) : in_(in), socket_(connected) {}
    raw_client(const raw_client&) = delete;
    raw_client& operator=(const raw_client&) = delete;
    ~raw_client();

    /// Sends everything while the event loop runs. Returns false if the server is gone.
    bool send(std::string_view text);
    void end_sending();
    void close();

    /// Returns the next answer. If the connection ended without an answer, its status is 0.
    /// @param to_head True for the answer to a HEAD request, which has no body.
    answer receive(bool to_head = false);
    /// Returns true if the server closes the connection without further data.
    bool is_ended();
    [[nodiscard]] bool at_end() const noexcept { return at_end_; }
    /// Reads at most @p size of the available bytes.
    void take(std::size_t size);
    /// Returns the bytes received so far.
    const std::string& received();

private:
    bool read_some(std::size_t most = 64 * 1024);

    world& in_;
    int socket_ = -1;
    bool at_end_ = false;
    std::string received_;
};

/// Sends a request on a new connection. @param rest Header fields, each with its line end.
answer ask(world& in, const std::string& method_and_target, const std::string& rest = {}, const std::string& body = {});
answer post_json(world& in, const std::string& target, const std::string& body);

/// Returns true if the answer is a problem object with this status and this text in its detail. Otherwise prints the
/// answer.
bool is_problem(const answer& got, unsigned status, const std::string& detail);

}  // namespace filemap::test
