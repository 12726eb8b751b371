// Compares this library with libdevmapper.
#include "unit/launch/fake_daemon.hpp"

#include <dmfilemapd.h>

extern "C" const int modes_of_libdevmapper[3];

namespace {

using namespace filemap::test;
using words = std::vector<std::string>;

/// Output of a call, and the arguments of the daemon that it starts.
struct effect {
    std::string printed;
    words arguments;
    bool operator==(const effect&) const = default;
};

std::ostream& operator<<(std::ostream& to, const effect& shown) {
    to << shown.printed;
    for (const std::string& word : shown.arguments) to << '[' << word << ']';
    return to;
}

effect effect_of(const fake_daemon& daemon, const std::string& program, const words& arguments, bool starts) {
    words command{program};
    command.insert(command.end(), arguments.begin(), arguments.end());
    effect result{run_program(command).out, {}};
    if (starts) result.arguments = daemon.take(1).front().arguments;
    BOOST_TEST(daemon.records().empty());
    return result;
}

void check_same(const fake_daemon& daemon, const words& arguments, bool starts) {
    BOOST_TEST_CONTEXT(arguments[1] << ' ' << arguments[2] << ' ' << arguments[3] << ' ' << arguments[4] << ' '
                                    << arguments[5]) {
        const effect ours = effect_of(daemon, FILEMAP_START_PROGRAM, arguments, starts);
        const effect theirs = effect_of(daemon, FILEMAP_START_WITH_LIBDEVMAPPER, arguments, starts);
        BOOST_TEST(ours == theirs);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(libdevmapper)

BOOST_AUTO_TEST_CASE(constants_are_equal) {
    BOOST_TEST(modes_of_libdevmapper[0] == DM_FILEMAPD_FOLLOW_INODE);
    BOOST_TEST(modes_of_libdevmapper[1] == DM_FILEMAPD_FOLLOW_PATH);
    BOOST_TEST(modes_of_libdevmapper[2] == DM_FILEMAPD_FOLLOW_NONE);
}

BOOST_AUTO_TEST_CASE(daemons_get_equal_arguments) {
    const fake_daemon daemon;
    const std::string file = daemon.file();
    for (const words& arguments :
         {words{file, "0", file, "inode", "0", "0"}, words{file, "1", file, "path", "0", "1"},
          words{file, "9999999", "/nothing here", "inode", "0", "3"}, words{file, "3", file, "path", "1", "2"}}) {
        check_same(daemon, arguments, true);
    }
}

BOOST_AUTO_TEST_CASE(refusals_are_equal) {
    const fake_daemon daemon;
    const std::string file = daemon.file();
    for (const words& arguments :
         {words{"-", "0", file, "inode", "0", "0"}, words{file, "0", "relative", "inode", "0", "0"},
          words{file, "0", "", "inode", "0", "0"}, words{file, "0", file, "none", "0", "0"},
          words{file, "0", file, "INODE", "0", "0"}, words{file, "0", file, "inode", "2", "0"},
          words{file, "0", file, "inode", "-1", "0"}, words{file, "0", file, "inode", "0", "4"},
          words{file, "18446744073709551615", file, "inode", "0", "0"}}) {
        check_same(daemon, arguments, false);
    }
}

BOOST_AUTO_TEST_CASE(failed_foreground_execution_is_equal) {
    const only_path nowhere;
    const std::string file = nowhere.file();
    for (const char* program : {FILEMAP_START_PROGRAM, FILEMAP_START_WITH_LIBDEVMAPPER}) {
        BOOST_TEST(run_program({program, file, "0", file, "inode", "1", "0"}).out == "0\n");
    }
}

BOOST_AUTO_TEST_SUITE_END()
