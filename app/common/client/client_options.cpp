#include "common/client/client_options.hpp"

#include <boost/program_options.hpp>

namespace app::ctl {

namespace po = boost::program_options;

void add_common_options(po::options_description& known) {
    known.add_options()("socket", po::value<std::string>())("json", "");
    known.add_options()("help,h", "")("version,V", "");
}

void take_common_options(common_options& into, const command_line& given) {
    into.json = given.has("json");
    if (given.has("socket")) into.socket = given.text_of("socket");
}

}  // namespace app::ctl
