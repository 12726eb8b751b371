#include "dmfilemapd/service/stale_state.hpp"

#include "support/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

using namespace dmfilemapd;

BOOST_AUTO_TEST_SUITE(stale_state)

BOOST_AUTO_TEST_CASE(only_gone_devices_lose_state) {
    const filemap::test::scratch_directory scratch;
    const std::string state = scratch / "state", devices = scratch / "devices";
    std::filesystem::create_directory(state);
    // One device exists. A disk that is no device-mapper device has the number of the other one.
    std::filesystem::create_directories(devices + "/253:0/dm");
    std::filesystem::create_directories(devices + "/253:1");
    for (const char* name :
         {"253:0-fm-0123456789", "253:0-fm-0123456789.new", "control.sock", "control.sock.lock", "7-fm-x", "a:b-fm-x",
          "253:7", "253:1-fm-0123456789", "253:2-fm-0123456789", "253:2-fm-0123456789.new"})
        std::ofstream{state + '/' + name} << "x";
    const auto names = [&] {
        std::set<std::string> found;
        for (const auto& file : std::filesystem::directory_iterator(state)) found.insert(file.path().filename());
        return found;
    };
    const auto before = names();
    remove_stale_state(state, scratch / "none");
    BOOST_TEST((names() == before));
    remove_stale_state(state, devices);
    BOOST_TEST((names() == std::set<std::string>{"253:0-fm-0123456789", "253:0-fm-0123456789.new", "control.sock",
                                                 "control.sock.lock", "7-fm-x", "a:b-fm-x", "253:7"}));
    remove_stale_state(scratch / "none", devices);
}

BOOST_AUTO_TEST_SUITE_END()
