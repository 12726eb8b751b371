#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace filemap::test {

/// A file that is written at its end only, each block once, so that what went to the device is known.
class growing_file {
public:
    enum class writes { direct, buffered };

    growing_file(const std::string& path, writes how);
    growing_file(growing_file&& other) noexcept;
    growing_file& operator=(growing_file&&) = delete;
    ~growing_file();

    /// @param length In whole blocks.
    void append(std::uint64_t length);
    void sync() const;
    [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

private:
    void check(bool holds, const char* what) const;

    std::string path_;
    int file_;
    std::uint64_t written_ = 0;
};

/// How files may grow.
struct growth {
    std::string name;
    growing_file::writes how;
    std::size_t files;
    /// Leaves nothing that is not written back.
    std::function<void(std::vector<growing_file>& files)> grow;
};

/// @param scale 1 for 100 MB.
[[nodiscard]] std::vector<growth> kinds_of_growth(double scale);

/// Makes a file on another's blocks, where the file system can. False if it cannot.
[[nodiscard]] bool reflink(const std::string& from, const std::string& to);

/// Creates files in a directory, and deletes them, for as long as this lives, in a process of its own.
class file_churn {
public:
    explicit file_churn(const std::string& directory);
    file_churn(const file_churn&) = delete;
    file_churn& operator=(const file_churn&) = delete;
    ~file_churn();

private:
    int process_;
};

}  // namespace filemap::test
