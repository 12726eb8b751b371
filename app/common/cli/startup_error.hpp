#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace app {

/// Error that prevents the start. Its text is one line for people, without the program's name.
class startup_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Error in the command line. The program adds a hint to --help.
class usage_error : public startup_error {
public:
    using startup_error::startup_error;
};

/// Returns the text of an exception.
[[nodiscard]] inline std::string cause_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
        return error.what();
    }
}

}  // namespace app
