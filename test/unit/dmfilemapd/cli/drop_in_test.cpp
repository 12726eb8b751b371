#include "support/run_dmfilemapd.hpp"
#include "support/scratch_directory.hpp"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>

namespace {

using namespace filemap::test;
using words = std::vector<std::string>;

/// Directory with a regular file "file", a fifo "fifo" and a directory "directory".
struct filled_directory : scratch_directory {
    filled_directory() {
        std::ofstream(path / "file") << "text";
        std::filesystem::create_directory(path / "directory");
        BOOST_TEST_REQUIRE(::mkfifo((path / "fifo").c_str(), 0600) == 0);
    }
};

// Path of a regular file that is on no device-mapper device, on any machine.
constexpr const char* file_elsewhere = "/proc/version";

}  // namespace

BOOST_AUTO_TEST_SUITE(command_line_test)

BOOST_AUTO_TEST_CASE(help_goes_to_stdout) {
    for (const char* option : {"--help", "-h"}) {
        const program_result ran = run_dmfilemapd({option});
        BOOST_TEST(ran.status == 0);
        BOOST_TEST(ran.out.starts_with("Usage: dmfilemapd FD GROUP_ID PATH MODE"));
        BOOST_TEST(ran.err == "");
    }
}

BOOST_AUTO_TEST_CASE(version_goes_to_stdout) {
    for (const char* option : {"--version", "-V"}) {
        const program_result ran = run_dmfilemapd({option});
        BOOST_TEST(ran.status == 0);
        BOOST_TEST(ran.out == "dmfilemapd " FILEMAP_VERSION "\n");
        BOOST_TEST(ran.err == "");
    }
}

BOOST_AUTO_TEST_CASE(full_stdout_is_an_error) {
    const program_result ran = run_program({"sh", "-c", "exec " FILEMAP_DAEMON " --help >/dev/full"});
    BOOST_TEST(ran.status == 1);
    BOOST_TEST(ran.err == "dmfilemapd: cannot write to stdout\n");
}

BOOST_AUTO_TEST_CASE(wrong_usage_prints_one_line) {
    const std::pair<words, const char*> table[] = {
        {{}, "no FILE given"},
        {{"--nope"}, "unrecognised option '--nope'"},
        {{"--path"}, "the required argument for option '--path' is missing"},
        {{"x3", "0", "/f", "inode"}, "FD 'x3': not a whole number"},
        {{"-3", "0", "/f", "inode"}, "FD '-3': negative"},
        {{"3", "zero", "/f", "inode"}, "GROUP_ID 'zero': not a whole number"},
        {{"3", "0", "f", "inode"}, "PATH 'f': not absolute"},
        {{"3", "0", "", "inode"}, "PATH '': empty"},
        {{"3", "0", "/f", "name"}, "MODE 'name': neither inode nor path"},
        {{"3", "0", "/f", "inode", "0", "9"}, "LOG_LEVEL '9': greater than 3"},
        {{"3", "0", "/f", "inode", "0", "0", "0"}, "too many arguments"},
        {{"3", "0", "/f"}, "too few arguments"},
        {{"3", "0", "/f\n", "a\033[31m\xff"}, "MODE 'a\\x1b[31m\\xff'"},
    };
    for (const auto& [arguments, cause] : table) check_refused(arguments, cause, 2);
}

BOOST_AUTO_TEST_CASE(descriptors_that_will_not_do) {
    const filled_directory scratch;
    const inherited_descriptor directory(scratch / "directory", O_RDONLY | O_DIRECTORY);
    const inherited_descriptor fifo(scratch / "fifo", O_RDWR);
    const inherited_descriptor device("/dev/null", O_RDWR);
    const inherited_descriptor elsewhere(file_elsewhere, O_RDONLY);
    const inherited_descriptor regular(scratch / "file", O_RDONLY);
    const std::string path = scratch / "file";
    check_refused({"1000", "0", path, "inode"}, "descriptor 1000: Bad file descriptor", 1);
    check_refused({directory.number(), "0", path, "inode"}, " (directory): not a regular file", 1);
    check_refused({fifo.number(), "0", path, "inode"}, " (fifo): not a regular file", 1);
    check_refused({device.number(), "0", path, "inode"}, " (character device): not a regular file", 1);
    check_refused({elsewhere.number(), "0", path, "inode"}, path + " (not descriptor ", 1);
    check_refused({elsewhere.number(), "0", path, "path"}, ": another file is at this path", 1);
    check_refused({regular.number(), "0", scratch / "nothing", "path"}, "No such file or directory", 1);
    check_refused({elsewhere.number(), "0", file_elsewhere, "inode"}, ": not on a device-mapper device", 1);
    check_refused({elsewhere.number(), "0", file_elsewhere, "inode", "1"}, ": not on a device-mapper device", 1);
}

BOOST_AUTO_TEST_CASE(files_that_will_not_do) {
    const filled_directory scratch;
    check_refused({scratch / "nothing"}, "nothing: No such file or directory", 1);
    check_refused({scratch / "directory"}, "directory (directory): not a regular file", 1);
    check_refused({scratch / "fifo"}, "fifo (fifo): not a regular file", 1);
    check_refused({"/dev/zero"}, "/dev/zero (character device): not a regular file", 1);
    check_refused({file_elsewhere}, "/proc/version (device ", 1);
    check_refused({"--group-id", "0", "--path", file_elsewhere}, ": not on a device-mapper device", 1);
    check_refused({"--group-id", "0", "--path", scratch / "nothing"}, ": No such file or directory", 1);
    check_refused({file_elsewhere, "/proc/../proc/version"}, "the same file as /proc/version", 1);
    check_refused({scratch / "file", scratch / "nothing"}, "nothing: No such file or directory", 1);
    check_refused({"no\nsuch\x1b\xff"}, "no\\nsuch\\x1b\\xff: No such file or directory", 1);
    check_refused({std::string(5000, 'n')}, ": File name too long", 1);
}

BOOST_AUTO_TEST_CASE(configuration_that_is_right_is_counted) {
    const scratch_directory scratch;
    const std::string file = scratch / "some.toml";
    std::ofstream(file) << "[[file]]\npath = '/a'\n[[file]]\npath = '/b'\n[[glob]]\npattern = '/c/*'\n";
    const program_result ran = run_dmfilemapd({"--check-config", file});
    BOOST_TEST(ran.status == 0);
    BOOST_TEST(ran.out == file + ": 2 files, 1 globs\n");
    BOOST_TEST(ran.err == "");
}

BOOST_AUTO_TEST_CASE(configuration_errors_are_listed_by_line) {
    const scratch_directory scratch;
    const std::string file = scratch / "some.toml";
    std::ofstream(file) << "[[file]]\npath = 'a'\nintervall = 1\n";
    const program_result ran = run_dmfilemapd({"--check-config", file});
    BOOST_TEST(ran.status == 1);
    BOOST_TEST(ran.out == "");
    BOOST_TEST(ran.err == file + ":2:8: path 'a': not absolute\n" + file +
                              ":3:1: unknown key 'intervall'; did you mean 'interval'?\n");
}

BOOST_AUTO_TEST_CASE(configuration_that_is_not_there) {
    const scratch_directory scratch;
    const program_result ran = run_dmfilemapd({"--check-config", scratch / "none.toml"});
    BOOST_TEST(ran.status == 1);
    BOOST_TEST(ran.out == "");
    BOOST_TEST(ran.err == scratch / "none.toml" + ": No such file or directory\n");
}

BOOST_AUTO_TEST_SUITE_END()
