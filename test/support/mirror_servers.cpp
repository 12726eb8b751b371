#include "support/mirror_servers.hpp"

#include <filesystem>
#include <fstream>

namespace filemap::test {

std::vector<std::string> mirror_server(milliseconds clear_delay, const std::string& more) {
    // The embedded kernel's is everybody's, and no configuration is taken from there.
    std::filesystem::permissions("/run", std::filesystem::perms{0755});
    const std::string file = "/run/dmdirtylogd-" + std::to_string(clear_delay.count()) + ".toml";
    std::ofstream(file) << "[state]\ndirectory = '/run/dmdirtylogd'\n[log]\ndirectory = '/run/logs'\nclear-delay = '"
                        << clear_delay.count() << "ms'\n"
                        << more;
    return {FILEMAP_MIRROR_DAEMON, "--config", file};
}

std::vector<std::string> plain_server(milliseconds clear_delay) {
    return {FILEMAP_TEST_SERVER, "/run/dmdirtylogd", std::to_string(clear_delay.count())};
}

std::vector<std::string> forgetful_server(milliseconds clear_delay) {
    return {FILEMAP_TEST_SERVER, "/run/dmdirtylogd", std::to_string(clear_delay.count()), "not-durable"};
}

}  // namespace filemap::test
