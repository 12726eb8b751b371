#include "common/cli/program.hpp"
#include "dmfilemapctl/commands.hpp"
#include "dmfilemapctl/options.hpp"

#include <span>
#include <string>

int main(int argc, char** argv) {
    return app::run_program("dmfilemapctl", argc, argv, [](std::span<const std::string> arguments) {
        dmfilemapctl::perform(dmfilemapctl::parse_options(arguments));
        return 0;
    });
}
