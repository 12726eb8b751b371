#include "support/notify_listener.hpp"

#include <cstddef>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace filemap::test {

notify_listener::notify_listener(std::string name) : name_(std::move(name)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name_.size() >= sizeof address.sun_path) throw std::runtime_error(name_ + " is too long");
    std::memcpy(address.sun_path, name_.data(), name_.size());
    const bool is_abstract = name_[0] == '@';
    if (is_abstract) address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size() + (is_abstract ? 0 : 1));
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ < 0 || ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length) != 0)
        throw std::runtime_error("cannot bind " + name_);
}

notify_listener::~notify_listener() {
    ::close(socket_);
    if (name_[0] != '@') ::unlink(name_.c_str());
}

void notify_listener::receive() {
    char message[4096];
    for (ssize_t length = 0; (length = ::recv(socket_, message, sizeof message, 0)) > 0;) {
        std::istringstream lines(std::string(message, static_cast<std::size_t>(length)));
        for (std::string line; std::getline(lines, line);) received_.push_back(line);
    }
}

bool notify_listener::comes(const std::string& beginning, milliseconds bound) {
    return wait_until(
        [&] {
            for (receive(); next_ < received_.size();) {
                if (received_[next_++].starts_with(beginning)) return true;
            }
            return false;
        },
        bound);
}

}  // namespace filemap::test
