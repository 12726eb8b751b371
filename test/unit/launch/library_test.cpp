#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <sstream>

BOOST_AUTO_TEST_SUITE(library)

BOOST_AUTO_TEST_CASE(library_exports_two_functions) {
    std::istringstream listed(filemap::test::run_or_throw(
        {"nm", "-D", "--defined-only", "--without-symbol-versions", FILEMAP_LAUNCH_LIBRARY}));
    std::set<std::string> functions, others;
    for (std::string address, type, name; listed >> address >> type >> name;) {
        (type == "T" ? functions : others).insert(name);
    }
    BOOST_TEST(functions == (std::set<std::string>{"dm_filemapd_mode_from_string", "dm_stats_start_filemapd"}),
               boost::test_tools::per_element());
    // Name of the symbol version.
    BOOST_TEST(others == (std::set<std::string>{"DMFILEMAPD_0"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(library_needs_no_cpp_runtime) {
    const std::string needed = filemap::test::run_or_throw({"readelf", "--dynamic", FILEMAP_LAUNCH_LIBRARY});
    BOOST_TEST(needed.find("[libdmfilemapd.so.0]") != std::string::npos, needed);
    BOOST_TEST(needed.find("[libc.so.6]") != std::string::npos, needed);
    BOOST_TEST(needed.find("c++") == std::string::npos, needed);
}

BOOST_AUTO_TEST_SUITE_END()
