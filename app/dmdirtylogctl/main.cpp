#include "common/cli/program.hpp"
#include "dmdirtylogctl/commands.hpp"
#include "dmdirtylogctl/options.hpp"

#include <span>
#include <string>

int main(int argc, char** argv) {
    return app::run_program("dmdirtylogctl", argc, argv, [](std::span<const std::string> arguments) {
        dmdirtylogctl::perform(dmdirtylogctl::parse_options(arguments));
        return 0;
    });
}
