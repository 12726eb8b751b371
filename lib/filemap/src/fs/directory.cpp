#include "fs/directory.hpp"

#include <filemap/fs/descriptor.hpp>

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace filemap::fs {

result<void> make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) != 0) {
        if (errno == EEXIST) return {};
        return last_system_failure(path);
    }
    const descriptor made{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!made.is_open() || ::fchmod(made.get(), 0755) != 0) return last_system_failure(path);
    return {};
}

}  // namespace filemap::fs
