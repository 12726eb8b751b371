#include "dmfilemapd/cli/opened_files.hpp"

#include "common/cli/input_file.hpp"
#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"

#include <filemap/error.hpp>
#include <filemap/fs/trackable_file.hpp>

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace dmfilemapd {
namespace {

using filemap::errc;
using filemap::failure;

std::string subject_of(int fd) {
    return "descriptor " + std::to_string(fd);
}

[[noreturn]] void refuse_system(const std::string& subject) {
    throw app::startup_error(filemap::last_system_failure(subject).text());
}

struct stat status_of(int fd, const std::string& subject) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) refuse_system(subject);
    return status;
}

// Returns the value of a result, or throws its error as a startup_error.
template <class T>
T require(filemap::result<T> wanted) {
    if (!wanted) throw app::startup_error(wanted.error().text());
    return std::move(*wanted);
}

bool is_same(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// Compares the descriptor with the path. Accepts a file that was unlinked, or in inode mode renamed, before the start,
// because the descriptor still identifies it.
// @return A remark to log; empty if there is none.
std::string compare_with_path(const options& given, const struct stat& file) {
    const std::string shown = app::displayed(given.files[0]);
    const bool follows_inode = given.follow == filemap::fs::follow_mode::inode;
    struct stat at_path {};
    if (::stat(given.files[0].c_str(), &at_path) != 0) {
        if (follows_inode && (errno == ENOENT || errno == ENOTDIR)) return shown + ": the file is no longer here";
        refuse_system(shown);
    }
    if (is_same(file, at_path)) return {};
    if (file.st_nlink != 0) {
        throw app::startup_error(failure(errc::path_mismatch, shown + " (not " + subject_of(*given.fd) + ')').text());
    }
    return shown + ": the file was replaced" + (follows_inode ? "" : ", the new one is followed");
}

open_file open_descriptor(const options& given) {
    const std::string subject = subject_of(*given.fd);
    if (auto regular = filemap::fs::require_regular(*given.fd, subject); !regular)
        throw app::startup_error(regular.error().text());
    std::string remark = compare_with_path(given, status_of(*given.fd, subject));
    return {given.files[0], require(filemap::fs::reopen(*given.fd, subject)), std::move(remark)};
}

void refuse_repeated(const std::vector<open_file>& files) {
    std::vector<struct stat> seen;
    for (const open_file& file : files) {
        seen.push_back(status_of(file.file.get(), app::displayed(file.path)));
        for (std::size_t other = 0; other + 1 < seen.size(); ++other) {
            if (!is_same(seen[other], seen.back())) continue;
            throw app::startup_error(app::displayed(file.path) + ": the same file as " +
                                     app::displayed(files[other].path));
        }
    }
}

}  // namespace

void require_open(int fd) {
    if (::fcntl(fd, F_GETFD) < 0) refuse_system(subject_of(fd));
}

std::vector<open_file> open_files(const options& given) {
    std::vector<open_file> files;
    if (given.fd) {
        files.push_back(open_descriptor(given));
        return files;
    }
    for (const std::string& file : given.files)
        files.push_back({app::absolute_path(file), app::open_regular(file), {}});
    refuse_repeated(files);
    return files;
}

std::string_view base_name(std::string_view path) noexcept {
    return path.substr(path.rfind('/') + 1);
}

}  // namespace dmfilemapd
