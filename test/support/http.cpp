#include "support/http.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <system_error>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace filemap::test {
namespace {

// For each piece of an answer.
constexpr timeval time_limit{30, 0};

class client {
public:
    explicit client(int family) : socket_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (socket_ < 0) throw std::system_error(errno, std::generic_category(), "socket");
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time_limit, sizeof time_limit);
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    ~client() { ::close(socket_); }

    template <class Address>
    [[nodiscard]] bool connect(const Address& to) const {
        return ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }

    /// All that is answered; nothing if the connection breaks.
    [[nodiscard]] std::string ask(const std::string& request) const {
        if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
            return {};
        std::string answer;
        char piece[1 << 16];
        ssize_t got = 0;
        while ((got = ::recv(socket_, piece, sizeof piece, 0)) > 0) answer.append(piece, static_cast<std::size_t>(got));
        return got == 0 ? answer : std::string();
    }

private:
    int socket_;
};

std::string get(const client& from, const std::string& target, const std::string& fields) {
    const std::string answer = from.ask("GET " + target + " HTTP/1.0\r\nHost: localhost\r\n" + fields + "\r\n");
    const std::size_t head = answer.find("\r\n\r\n");
    if (head == answer.npos || answer.compare(0, 5, "HTTP/") != 0 || answer.compare(8, 5, " 200 ") != 0) return {};
    return answer.substr(head + 4);
}

}  // namespace

std::string http_get(const std::string& socket, const std::string& target, const std::string& fields) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.copy(address.sun_path, sizeof address.sun_path - 1);
    const client from(AF_UNIX);
    return from.connect(address) ? get(from, target, fields) : std::string();
}

std::string http_get(std::uint16_t port, const std::string& target, const std::string& fields) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const client from(AF_INET);
    return from.connect(address) ? get(from, target, fields) : std::string();
}

}  // namespace filemap::test
