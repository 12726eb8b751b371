#include "commands.hpp"
#include "options.hpp"

#include <common/display.hpp>
#include <common/refusal.hpp>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> arguments(argv + (argc > 0), argv + argc);
        dmfilemapctl::perform(dmfilemapctl::parse_options(arguments));
        return 0;
    } catch (const app::usage_error& wrong) {
        std::cerr << "dmfilemapctl: " << wrong.what() << "\nTry 'dmfilemapctl --help' for more information.\n";
    } catch (const std::exception& wrong) {
        std::cerr << "dmfilemapctl: " << app::one_line(wrong.what()) << '\n';
    }
    return 1;
}
