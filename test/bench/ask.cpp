#include "bench/ask.hpp"

#include "bench/measured_daemon.hpp"

#include <algorithm>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace filemap::bench {
namespace {

constexpr std::size_t kept_of_end = 4096;

}  // namespace

asked ask(const std::string& control_socket, const std::string& target) {
    const double begin = now();
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    control_socket.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
    const std::string request = "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    if (::send(socket, request.data(), request.size(), 0) != static_cast<ssize_t>(request.size())) fail("send");
    asked all;
    static char text[1 << 16];
    for (ssize_t some; (some = ::recv(socket, text, sizeof text, 0)) > 0;) {
        const auto size = static_cast<std::size_t>(some);
        all.bytes += size;
        all.end.append(text + (size > kept_of_end ? size - kept_of_end : 0), std::min(size, kept_of_end));
        if (all.end.size() > kept_of_end) all.end.erase(0, all.end.size() - kept_of_end);
    }
    ::close(socket);
    all.seconds = now() - begin;
    return all;
}

}  // namespace filemap::bench
