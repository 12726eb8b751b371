#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

/// What every program does, whatever it is for.
namespace app {

/// To stdout, at once. @throws startup_error
void print(std::string_view text);

/**
 * @brief Does what the command line asks for; what is thrown is told on stderr as "NAME: CAUSE".
 * @param perform Given the arguments, without the program's name. Returns the exit status.
 * @return Exit status.
 */
[[nodiscard]] int run_program(std::string_view name, int argc, char** argv,
                              const std::function<int(std::span<const std::string>)>& perform);

}  // namespace app
