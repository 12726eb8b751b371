#include "support/captured_log.hpp"

#include <array>
#include <cstddef>
#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

namespace filemap::test {

captured_log::captured_log() : file_(::memfd_create("log", MFD_CLOEXEC)) {
    if (file_ < 0) throw std::runtime_error("cannot make a file in memory");
}

captured_log::~captured_log() {
    ::close(file_);
}

std::string captured_log::text() const {
    std::string all;
    std::array<char, 4096> piece;
    ssize_t got = 0;
    while ((got = ::pread(file_, piece.data(), piece.size(), static_cast<off_t>(all.size()))) > 0)
        all.append(piece.data(), static_cast<std::size_t>(got));
    return all;
}

int captured_log::times_logged(std::string_view what) const {
    const std::string all = text();
    int times = 0;
    for (std::size_t at = 0; (at = all.find(what, at)) != std::string::npos; at += what.size()) ++times;
    return times;
}

bool captured_log::logs_within(std::string_view what, milliseconds bound) const {
    return wait_until([&] { return times_logged(what) > 0; }, bound);
}

}  // namespace filemap::test
