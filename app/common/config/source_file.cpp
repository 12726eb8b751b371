#include "common/config/source_file.hpp"

#include "common/cli/input_file.hpp"
#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"

#include <filemap/error.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace app::config {
namespace {

namespace fs = std::filesystem;
using filemap::fs::descriptor;

[[noreturn]] void refuse_system(const std::string& path) {
    throw startup_error(filemap::last_system_failure(displayed(path)).text());
}

// Returns the reason why another user than root may write the file; empty if there is none.
std::string danger_of(const struct stat& status) {
    if (status.st_uid != 0) return "not owned by root";
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "writable by others than root";
    return {};
}

void require_root_writes(const std::string& path, const struct stat& status) {
    const std::string danger = danger_of(status);
    if (!danger.empty()) throw startup_error(displayed(path) + ": " + danger);
}

void require_root_writes_directory(const std::string& path, const fs::path& directory) {
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) refuse_system(directory);
    const std::string danger = danger_of(status);
    if (!danger.empty()) {
        throw startup_error(displayed(path) + ": the directory " + displayed(directory.string()) + " is " + danger);
    }
}

// Checks both the directories of symbolic links and the directories of their targets.
void require_root_writes(const std::string& path, int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) refuse_system(path);
    require_root_writes(path, status);
    require_root_writes_directory(path, fs::path(absolute_path(path)).parent_path());
    require_root_writes_directory(path, fs::read_symlink("/proc/self/fd/" + std::to_string(fd)).parent_path());
}

std::string read_all(const std::string& path, int fd) {
    constexpr std::size_t step = 64 * 1024;
    std::string text;
    for (;;) {
        const std::size_t size = text.size();
        text.resize(size + step);
        const ssize_t count = ::read(fd, text.data() + size, step);
        if (count < 0 && errno != EINTR) refuse_system(path);
        text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (text.size() > largest_source) {
            throw startup_error(displayed(path) + ": larger than " + std::to_string(largest_source) + " bytes");
        }
        if (count == 0) return text;
    }
}

bool is_drop_in(const fs::path& file) {
    return file.extension() == ".toml" && !file.filename().string().starts_with('.');
}

}  // namespace

trust needed_trust() noexcept {
    return ::geteuid() == 0 ? trust::root : trust::any;
}

source_file read_source(const std::string& path, trust needed) {
    const descriptor file = open_regular(path);
    if (needed == trust::root) require_root_writes(path, file.get());
    return {path, read_all(path, file.get())};
}

std::vector<std::string> drop_ins_of(const std::string& main_path) {
    const fs::path directory = fs::path(main_path).replace_extension(".conf.d");
    std::vector<std::string> found;
    try {
        for (const auto& entry : fs::directory_iterator(directory)) {
            if (is_drop_in(entry.path())) found.push_back(entry.path().string());
        }
    } catch (const fs::filesystem_error& wrong) {
        if (wrong.code() == std::errc::no_such_file_or_directory) return {};
        throw startup_error(displayed(directory.string()) + ": " + wrong.code().message());
    }
    std::ranges::sort(found);
    return found;
}

}  // namespace app::config
