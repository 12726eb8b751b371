#include "dmdirtylogd/cli/options.hpp"

#include "common/cli/command_line.hpp"
#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"

#include <boost/program_options.hpp>

#include <algorithm>

namespace dmdirtylogd {
namespace {

namespace po = boost::program_options;

constexpr unsigned max_verbosity = 3;

po::options_description known_options() {
    po::options_description known;
    known.add_options()("config", po::value<std::string>())("check-config", "")("help,h", "")("version,V", "");
    known.add_options()("verbose,v", po::value<std::vector<std::string>>()->zero_tokens()->composing());
    return known;
}

}  // namespace

filemap::log_level log_level_of(const options& given) noexcept {
    using filemap::log_level;
    constexpr log_level levels[] = {log_level::error, log_level::notice, log_level::info, log_level::debug};
    return levels[std::min(given.verbosity, max_verbosity)];
}

options parse_options(std::span<const std::string> arguments) {
    const app::command_line line = app::parse_command_line(known_options(), "word", arguments);
    options into;
    into.verbosity = static_cast<unsigned>(std::min<std::size_t>(line.times("verbose"), max_verbosity));
    if (line.has("help") || line.has("version")) {
        into.act = line.has("help") ? options::action::help : options::action::version;
        return into;
    }
    if (const auto words = line.words_of("word"); !words.empty())
        throw app::usage_error("argument " + app::quoted(words[0]) + ": unexpected");
    if (line.has("config")) {
        into.config = line.text_of("config");
        into.config_is_given = true;
        if (into.config.empty()) throw app::usage_error("--config '': empty");
    }
    if (line.has("check-config")) into.act = options::action::check_config;
    return into;
}

std::vector<std::string> option_names() {
    return app::long_names(known_options());
}

std::string help_text() {
    return R"(Usage: dmdirtylogd [-v]... [--config FILE]
       dmdirtylogd --check-config [--config FILE]
Keeps the dirty logs of device-mapper mirrors with a log of type "userspace".
Runs in the foreground until SIGTERM.

      --config FILE       configuration (default, if it exists:
                          /etc/dmdirtylogd/dmdirtylogd.toml)
      --check-config      check the configuration and its drop-ins, print the
                          errors, and exit
  -v, --verbose           log one level more than the configuration, per -v:
                          notices, information, debugging
  -h, --help              print this help
  -V, --version           print the version

Exit status: 0 after SIGTERM, 1 on error.
See dmdirtylogd(8) and dmdirtylogd.toml(5).
)";
}

std::string version_text() {
    return "dmdirtylogd " DMDIRTYLOGD_VERSION "\n";
}

}  // namespace dmdirtylogd
