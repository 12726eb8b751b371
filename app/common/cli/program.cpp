#include "common/cli/program.hpp"

#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"

#include <exception>
#include <iostream>
#include <vector>

namespace app {

void print(std::string_view text) {
    if (!(std::cout << text << std::flush)) throw startup_error("cannot write to stdout");
}

int run_program(std::string_view name, int argc, char** argv,
                const std::function<int(std::span<const std::string>)>& perform) {
    try {
        const std::vector<std::string> arguments(argv + (argc > 0), argv + argc);
        return perform(arguments);
    } catch (const usage_error& wrong) {
        std::cerr << name << ": " << wrong.what() << "\nTry '" << name << " --help' for more information.\n";
    } catch (const std::exception& wrong) {
        std::cerr << name << ": " << one_line(wrong.what()) << '\n';
    }
    return 1;
}

}  // namespace app
