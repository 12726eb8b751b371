#include "common/daemon/stored_descriptors.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace app::daemon {
namespace {

constexpr int first_handed_over = 3;
// Limit of accepted descriptors. A greater number is not meant for this process.
constexpr int max_handed_over = 1024;

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : std::string_view{};
}

std::optional<int> number_in(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

int how_many() {
    if (number_in(environment("LISTEN_PID")) != ::getpid()) return 0;
    const int count = number_in(environment("LISTEN_FDS")).value_or(0);
    return count > 0 && count <= max_handed_over ? count : 0;
}

}  // namespace

std::vector<stored_descriptor> take_stored_descriptors() {
    const int count = how_many();
    std::string_view names = environment("LISTEN_FDNAMES");
    std::vector<stored_descriptor> taken;
    for (int fd = first_handed_over; fd < first_handed_over + count; ++fd) {
        const std::string_view name = names.substr(0, names.find(':'));
        names.remove_prefix(std::min(names.size(), name.size() + 1));
        // Skips a closed descriptor together with its name.
        if (::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) taken.push_back({std::string(name), filemap::fs::descriptor(fd)});
    }
    for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(variable);
    return taken;
}

}  // namespace app::daemon
