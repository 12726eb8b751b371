#include "common/changed_blocks.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr std::uint64_t sector = 512, piece = std::uint64_t{1} << 20;

/// The server's answer, of which the first word says what it is.
std::istringstream ask(const std::string& verb, const std::string& uuid, const std::string& name) {
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto check = [](bool holds, const char* what) {
        if (!holds) throw std::system_error(errno, std::generic_category(), what);
    };
    // A name of the kernel's choice, to be answered at.
    sockaddr_un own{}, address{};
    own.sun_family = address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, "/run/dmdirtylogd/ask");
    check(::bind(socket, reinterpret_cast<const sockaddr*>(&own), sizeof own.sun_family) == 0, "bind");
    const std::string text = verb + ' ' + uuid + ' ' + name;
    check(
        ::sendto(socket, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&address), sizeof address) > 0,
        address.sun_path);
    std::string answer(std::size_t{1} << 16, '\0');
    const ssize_t size = ::recv(socket, answer.data(), answer.size(), 0);
    ::close(socket);
    answer.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (!answer.starts_with("all\n") && !answer.starts_with("some\n")) throw std::runtime_error(text + ": " + answer);
    return std::istringstream(answer);
}

class opened {
public:
    opened(const std::string& node, int flags)
        : node_(node), file_(::open(node.c_str(), flags | O_DIRECT | O_CLOEXEC)) {
        check(file_ >= 0);
    }
    opened(const opened&) = delete;
    opened& operator=(const opened&) = delete;
    ~opened() { ::close(file_); }
    [[nodiscard]] int get() const noexcept { return file_; }
    void check(bool holds) const {
        if (!holds) throw std::system_error(errno, std::generic_category(), node_);
    }

private:
    std::string node_;
    int file_;
};

struct freed {
    void operator()(char* memory) const { std::free(memory); }
};

}  // namespace

void begin_checkpoint(const std::string& uuid, const std::string& name) {
    (void)ask("checkpoint", uuid, name);
}

void forget_checkpoint(const std::string& uuid, const std::string& name) {
    (void)ask("forget", uuid, name);
}

block_changes changes_since(const std::string& uuid, const std::string& name) {
    auto words = ask("changes", uuid, name);
    std::string which;
    words >> which;
    block_changes found{which == "all", {}};
    for (std::uint64_t start = 0, length = 0; words >> start >> length;) found.ranges.emplace_back(start, length);
    return found;
}

void copy_ranges(const std::string& from, const std::string& to, const sector_ranges& ranges) {
    const opened source(from, O_RDONLY), target(to, O_WRONLY);
    const std::unique_ptr<char, freed> bytes(static_cast<char*>(std::aligned_alloc(4096, piece)));
    for (const auto& [start, length] : ranges)
        for (std::uint64_t at = start * sector; at < (start + length) * sector; at += piece) {
            const auto many = static_cast<ssize_t>(std::min(piece, (start + length) * sector - at));
            source.check(::pread(source.get(), bytes.get(), many, static_cast<off_t>(at)) == many);
            target.check(::pwrite(target.get(), bytes.get(), many, static_cast<off_t>(at)) == many);
        }
}

}  // namespace filemap::test
