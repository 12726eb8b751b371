#include "watch/glob_scan.hpp"

#include <cerrno>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace filemap::fs {
namespace {

struct close_directory {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using directory_stream = std::unique_ptr<DIR, close_directory>;

directory_stream stream_of(int directory) {
    descriptor file{::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!file.is_open()) return {};
    directory_stream stream(::fdopendir(file.get()));
    if (stream) static_cast<void>(file.release());
    return stream;
}

void add(directory_listing& to, mode_t type, int directory, const glob_pattern& pattern, std::size_t depth,
         const std::string& path, const std::string& name) {
    const bool may_be_file = pattern.matches(depth, path, name);
    const bool may_be_directory = pattern.enters(depth, path, name);
    if (!may_be_file && !may_be_directory) return;
    if (type == 0) {
        struct stat status {};
        if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) return;
        type = status.st_mode & S_IFMT;
    }
    if (S_ISREG(type) && may_be_file) to.files.insert(name);
    if (S_ISDIR(type) && may_be_directory) to.directories.insert(name);
}

}  // namespace

descriptor open_directory(const std::string& path, bool through_links) {
    const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC | (through_links ? 0 : O_NOFOLLOW);
    return descriptor{::open(path.c_str(), flags)};
}

std::optional<directory_listing> list_directory(const descriptor& directory, const glob_pattern& pattern,
                                                std::size_t depth, const std::string& path) {
    const directory_stream stream = stream_of(directory.get());
    if (!stream) return {};
    directory_listing listing;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string name(entry->d_name);
        if (name != "." && name != "..")
            add(listing, DTTOIF(entry->d_type), directory.get(), pattern, depth, path, name);
        errno = 0;
    }
    if (errno != 0) return {};
    return listing;
}

directory_listing list_names(const std::set<std::string>& names, const glob_pattern& pattern, std::size_t depth,
                             const std::string& path) {
    directory_listing listing;
    const descriptor directory = open_directory(path, true);
    if (!directory.is_open()) return listing;
    for (const std::string& name : names) add(listing, 0, directory.get(), pattern, depth, path, name);
    return listing;
}

}  // namespace filemap::fs
