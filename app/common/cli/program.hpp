#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

/// Entry point and output shared by all programs.
namespace app {

/// Prints to stdout and flushes. @throws startup_error
void print(std::string_view text);

/**
 * @brief Runs a program; prints an exception to stderr as "NAME: CAUSE".
 * @param perform Receives the arguments without the program's name. Returns the exit status.
 * @return Exit status.
 */
[[nodiscard]] int run_program(std::string_view name, int argc, char** argv,
                              const std::function<int(std::span<const std::string>)>& perform);

}  // namespace app
