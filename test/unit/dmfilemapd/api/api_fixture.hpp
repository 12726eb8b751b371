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

/// Longer than anything takes; what does not come in this time does not come.
inline constexpr std::chrono::seconds bound{60};

/// A server of a fake service, on a socket in a directory of its own, whose event loop the test runs.
class world {
public:
    explicit world(app::control::server_options options = {}, app::control::socket_options socket = {});
    ~world();

    /// Turns the event loop until the condition holds. False if it does not in time.
    bool turn_until(const std::function<bool()>& condition);
    /// Stops the server; true when it has ended, and well.
    bool stop();
    /// After that: another one in its place.
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
    /// Without chunks.
    std::string body;
    bool keep_alive = false;
    bool chunked = false;
};

/// A client that is written byte by byte, unlike any library's.
class raw_client {
public:
    /// @throws std::system_error
    explicit raw_client(world& in);
    /// @param connected A socket that does not block, which is this one's from now on.
    raw_client(world& in, int connected) : in_(in), socket_(connected) {}
    raw_client(const raw_client&) = delete;
    raw_client& operator=(const raw_client&) = delete;
    ~raw_client();

    /// Sends everything while the event loop runs. Returns false if the server is gone.
    bool send(std::string_view text);
    void end_sending();
    void close();

    /// The next answer. Status 0 if the connection ended without.
    /// @param to_head To a HEAD: no body follows.
    answer receive(bool to_head = false);
    /// Returns true if the server closes the connection without further data.
    bool is_ended();
    [[nodiscard]] bool at_end() const noexcept { return at_end_; }
    /// So much of what has come, and no more.
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

/// Returns true if the answer is a problem object with this status and this text in its detail; otherwise prints the
/// answer.
bool is_problem(const answer& got, unsigned status, const std::string& detail);

}  // namespace filemap::test
