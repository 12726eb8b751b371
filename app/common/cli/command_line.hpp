#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace app {

/// Parsed command line.
struct command_line {
    boost::program_options::variables_map found;
    /// Long names of the given options, in order, with repetitions.
    std::vector<std::string> given;

    [[nodiscard]] bool has(const std::string& name) const { return found.count(name) != 0; }
    [[nodiscard]] std::size_t times(std::string_view name) const;
    /// Returns the value of a given option. @pre `has`, and the option takes a text.
    [[nodiscard]] const std::string& text_of(const std::string& name) const { return found[name].as<std::string>(); }
    /// Returns the positional arguments, stored under the option @p name.
    [[nodiscard]] std::vector<std::string> words_of(const std::string& name) const;
};

/**
 * @brief Parses arguments. Options may not be abbreviated.
 * @param known All options.
 * @param words Name under which positional arguments are stored.
 * @throws usage_error
 */
[[nodiscard]] command_line parse_command_line(boost::program_options::options_description known, const char* words,
                                              std::span<const std::string> arguments);

[[nodiscard]] std::vector<std::string> long_names(const boost::program_options::options_description& known);

}  // namespace app
