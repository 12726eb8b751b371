#include "common/cli/command_line.hpp"

#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"

#include <boost/program_options.hpp>

#include <algorithm>

namespace app {

namespace po = boost::program_options;

std::size_t command_line::times(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::count(given, name));
}

std::vector<std::string> command_line::words_of(const std::string& name) const {
    return has(name) ? found[name].as<std::vector<std::string>>() : std::vector<std::string>();
}

command_line parse_command_line(po::options_description known, const char* words,
                                std::span<const std::string> arguments) {
    known.add_options()(words, po::value<std::vector<std::string>>());
    po::positional_options_description positions;
    positions.add(words, -1);
    // Rejects abbreviated options, because new options would change their meaning.
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    try {
        const std::vector<std::string> all(arguments.begin(), arguments.end());
        const auto parsed = po::command_line_parser(all).options(known).positional(positions).style(style).run();
        command_line result;
        for (const po::option& one : parsed.options) result.given.push_back(one.string_key);
        po::store(parsed, result.found);
        return result;
    } catch (const po::error& wrong) {
        throw usage_error(one_line(wrong.what()));
    }
}

std::vector<std::string> long_names(const po::options_description& known) {
    std::vector<std::string> names;
    for (const auto& option : known.options()) names.push_back(option->long_name());
    return names;
}

}  // namespace app
