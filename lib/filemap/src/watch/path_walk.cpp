#include "watch/path_walk.hpp"

#include <climits>
#include <deque>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace filemap::fs {
namespace {

// Limit of symbolic links, as in the kernel.
constexpr int max_links = 40;

std::deque<std::string> names_of(std::string_view path) {
    std::deque<std::string> names;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        if (end > 0 && path.substr(0, end) != ".") names.emplace_back(path.substr(0, end));
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return names;
}

descriptor open_directory(int at, const char* name) {
    return descriptor{::openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC)};
}

std::optional<std::string> target_of(const descriptor& link) {
    char target[PATH_MAX];
    const ssize_t length = ::readlinkat(link.get(), "", target, sizeof target);
    if (length <= 0) return {};
    return std::string(target, static_cast<std::size_t>(length));
}

mode_t type_of(const descriptor& object) {
    struct stat status {};
    return ::fstat(object.get(), &status) == 0 ? status.st_mode & S_IFMT : 0;
}

}  // namespace

path_way walk_path(const std::string& path) {
    path_way way;
    std::deque<std::string> names = names_of(path);
    descriptor here = open_directory(AT_FDCWD, "/");
    int links = 0;
    while (!names.empty() && here.is_open()) {
        const std::string name = std::move(names.front());
        names.pop_front();
        descriptor next{::openat(here.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
        const int passed = here.get();
        way.hops.push_back({std::move(here), name});
        if (!next.is_open()) return way;
        const mode_t type = type_of(next);
        if (type != S_IFLNK) {
            if (type != S_IFDIR && !names.empty()) return way;
            here = std::move(next);
            continue;
        }
        const auto target = target_of(next);
        if (!target || ++links > max_links) return way;
        const std::deque<std::string> inner = names_of(*target);
        names.insert(names.begin(), inner.begin(), inner.end());
        here = target->starts_with('/') ? open_directory(AT_FDCWD, "/") : open_directory(passed, ".");
    }
    way.end = std::move(here);
    return way;
}

}  // namespace filemap::fs
