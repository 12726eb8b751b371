#pragma once

#include "kernel/follow_fixture.hpp"

#include <functional>
#include <string>

namespace filemap::test {

/// A descriptor. Closing one that was opened for writing raises an event: so it is held until the change is found.
class held_file {
public:
    held_file(const std::string& path, int flags);
    held_file(held_file&& other) noexcept;
    held_file& operator=(held_file&& other) noexcept;
    ~held_file();

    [[nodiscard]] int get() const noexcept { return file_; }
    void require(bool holds, const char* what) const;

private:
    int file_ = -1;
};

/// What moves a file's extents and raises no event of it.
struct unnoticed_change {
    const char* name;
    std::function<void(const std::string& path)> prepare;
    /// What is done before, of which events tell. @param turn 0, then 1.
    std::function<void(const held_file& file, const std::string& path, unsigned turn)> begin;
    std::function<void(const held_file& file, const std::string& path, unsigned turn)> apply;
};

/// No other look finds it, and the unasked one does.
void is_found_by_verify_alone(const unnoticed_change& change);

/// A program that moves extents has been run: found, by whatever look.
void is_followed(const std::function<void(const std::string& path)>& prepare,
                 const std::function<void(const std::string& path)>& apply);

}  // namespace filemap::test
