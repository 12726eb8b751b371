#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace app {

/// Why nothing is started: one line for a person, without the program's name.
class refusal : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A refusal of the command line itself, after which a hint at --help helps.
class usage_error : public refusal {
public:
    using refusal::refusal;
};

/// What was thrown says so.
[[nodiscard]] inline std::string cause_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
        return error.what();
    }
}

}  // namespace app
