#include "common/cli/program.hpp"
#include "common/text/display.hpp"
#include "dmdirtylogd/cli/options.hpp"
#include "dmdirtylogd/config/load_configuration.hpp"
#include "dmdirtylogd/service/run_service.hpp"

#include <iostream>
#include <span>
#include <string>

namespace {

using dmdirtylogd::options;

int print(const std::string& text) {
    app::print(text);
    return 0;
}

int check_config(const options& given) {
    static_cast<void>(dmdirtylogd::load_configuration(given.config, true));
    return print(app::displayed(given.config) + ": good\n");
}

// Prints configuration errors in the form of compilers, without the program's name, so that editors find the place.
template <class Do>
int with_configuration(Do what) {
    try {
        return what();
    } catch (const dmdirtylogd::configuration_error& wrong) {
        for (const std::string& line : wrong.lines()) std::cerr << line << '\n';
        return 1;
    }
}

int perform(const options& given) {
    switch (given.act) {
        case options::action::help: return print(dmdirtylogd::help_text());
        case options::action::version: return print(dmdirtylogd::version_text());
        case options::action::check_config: return with_configuration([&] { return check_config(given); });
        case options::action::serve: return with_configuration([&] { return dmdirtylogd::serve(given); });
    }
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    return app::run_program(dmdirtylogd::program_name, argc, argv, [](std::span<const std::string> arguments) {
        return perform(dmdirtylogd::parse_options(arguments));
    });
}
