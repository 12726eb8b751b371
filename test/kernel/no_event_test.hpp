#pragma once

#include "kernel/follow_fixture.hpp"

#include <functional>
#include <string>

namespace filemap::test {

/// An open descriptor. Closing a writable descriptor raises an event, so the test holds it until the change is found.
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

/// A change of a file's extents that raises no event.
struct unnoticed_change {
    const char* name;
    std::function<void(const std::string& path)> prepare;
    /// Preparation, which may raise events. @param turn 0, then 1.
    std::function<void(const held_file& file, const std::string& path, unsigned turn)> begin;
    std::function<void(const held_file& file, const std::string& path, unsigned turn)> apply;
};

/// Checks that the verify timer finds the change and no other refresh does.
void is_found_by_verify_alone(const unnoticed_change& change);

/// Checks that a refresh of any cause finds a program's change of extents.
void is_followed(const std::function<void(const std::string& path)>& prepare,
                 const std::function<void(const std::string& path)>& apply);

}  // namespace filemap::test
