#include "common/mirror_servers.hpp"

namespace filemap::test {

std::vector<std::string> mirror_server(milliseconds clear_delay) {
    return {FILEMAP_TEST_SERVER, "/run/dmdirtylogd", std::to_string(clear_delay.count())};
}

std::vector<std::string> plain_server(milliseconds clear_delay) {
    return {FILEMAP_TEST_SERVER, "/run/dmdirtylogd", std::to_string(clear_delay.count())};
}

std::vector<std::string> forgetful_server(milliseconds clear_delay) {
    return {FILEMAP_TEST_SERVER, "/run/dmdirtylogd", std::to_string(clear_delay.count()), "not-durable"};
}

}  // namespace filemap::test
