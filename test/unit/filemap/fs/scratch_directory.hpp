#pragma once

#include <filemap/fs/descriptor.hpp>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace filemap::test {

/// A directory below the current one (CTest: the build directory). The destructor removes it with its contents.
class scratch_directory {
public:
    scratch_directory() {
        std::string name = std::filesystem::current_path() / "fs_test.XXXXXX";
        if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp " + name);
        path_ = name;
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;
    ~scratch_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    [[nodiscard]] const std::string& path() const { return path_; }

    /// Creates a file with some content. @return Descriptor open for reading and writing.
    [[nodiscard]] fs::descriptor make(const std::string& name, const std::string& content = "content") const {
        fs::descriptor file{::open((*this / name).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
        if (!file.is_open() ||
            ::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()))
            throw std::runtime_error("cannot make " + name);
        return file;
    }

private:
    std::string path_;
};

}  // namespace filemap::test
