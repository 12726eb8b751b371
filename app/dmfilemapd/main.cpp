#include "common/cli/program.hpp"
#include "common/text/display.hpp"
#include "dmfilemapd/cli/help.hpp"
#include "dmfilemapd/cli/options.hpp"
#include "dmfilemapd/cli/program_name.hpp"
#include "dmfilemapd/config/load_configuration.hpp"
#include "dmfilemapd/dry_run/dry_run.hpp"
#include "dmfilemapd/follow/follow.hpp"
#include "dmfilemapd/service/run_service.hpp"

#include <iostream>
#include <span>
#include <string>

#include <malloc.h>

namespace {

using dmfilemapd::options;

// Keeps freed memory for the next refresh until the service is idle. All threads share one arena.
void keep_freed_memory() {
    constexpr int threshold = 32 * 1024 * 1024;
    ::mallopt(M_ARENA_MAX, 1);
    ::mallopt(M_MMAP_THRESHOLD, threshold);
    ::mallopt(M_TRIM_THRESHOLD, threshold);
}

int print(const std::string& text) {
    app::print(text);
    return 0;
}

// Prints each error in the form of compiler messages, without the program's name, so that editors find the place.
int print_problems(const dmfilemapd::configuration_error& wrong) {
    for (const std::string& line : wrong.lines()) std::cerr << line << '\n';
    return 1;
}

int check_config(const std::string& path) {
    try {
        const auto read = dmfilemapd::load_configuration(path);
        return print(app::displayed(path) + ": " + std::to_string(read.files.size()) + " files, " +
                     std::to_string(read.globs.size()) + " globs\n");
    } catch (const dmfilemapd::configuration_error& wrong) {
        return print_problems(wrong);
    }
}

int follow_configuration(const options& given) {
    try {
        return dmfilemapd::serve(given);
    } catch (const dmfilemapd::configuration_error& wrong) {
        return print_problems(wrong);
    }
}

int perform(const options& given) {
    switch (given.act) {
        case options::action::help: return print(dmfilemapd::help_text());
        case options::action::version: return print(dmfilemapd::version_text());
        case options::action::dry_run: return print(dmfilemapd::dry_run(given));
        case options::action::check_config: return check_config(given.config);
        case options::action::serve: return follow_configuration(given);
        case options::action::follow: return dmfilemapd::check_and_run(given);
    }
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    keep_freed_memory();
    return app::run_program(dmfilemapd::program_name, argc, argv, [](std::span<const std::string> arguments) {
        return perform(dmfilemapd::parse_options(arguments));
    });
}
