#include "dmfilemapd/config/load_configuration.hpp"
#include "support/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace dmfilemapd;
using app::config::largest_source;
using app::config::trust;
using filemap::test::scratch_directory;
using texts = std::vector<std::string>;

void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
    BOOST_TEST_REQUIRE(::chmod(path.c_str(), 0644) == 0);
}

std::string file_at(const std::string& path) {
    return "[[file]]\npath = '" + path + "'\n";
}

texts paths_of(const configuration& of) {
    texts all;
    for (const file_entry& file : of.files) all.push_back(file.path);
    return all;
}

std::string refusal_of(const std::string& path, trust needed = trust::any) {
    try {
        static_cast<void>(load_configuration(path, needed));
        return "(accepted)";
    } catch (const configuration_error& wrong) {
        BOOST_TEST(wrong.lines().size() == 1U);
        return wrong.what();
    }
}

/// Directory with a main file and a directory for drop-ins.
struct place : scratch_directory {
    place() {
        write(main, file_at("/main"));
        std::filesystem::create_directory(drop_ins);
    }
    std::string main = *this / "some.toml";
    std::string drop_ins = *this / "some.conf.d";
};

bool is_root(boost::unit_test::test_unit_id) {
    if (::geteuid() == 0) return true;
    BOOST_TEST_MESSAGE("not root: cannot make files of root");
    return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config_files_test)

BOOST_AUTO_TEST_CASE(drop_ins_are_read_by_name) {
    const place at;
    write(at.drop_ins + "/b.toml", file_at("/b") + "verify = 1\n[defaults]\nverify = 2\n");
    write(at.drop_ins + "/10.toml", "[defaults]\nverify = 10\n");
    write(at.drop_ins + "/9.toml", "[defaults]\nverify = 9\ninterval = 9");
    write(at.drop_ins + "/.hidden.toml", "=");
    write(at.drop_ins + "/b.toml~", "=");
    write(at.drop_ins + "/README", "=");
    const configuration all = load_configuration(at.main, trust::any);
    BOOST_TEST(paths_of(all) == (texts{"/b", "/main"}), boost::test_tools::per_element());
    BOOST_TEST(all.defaults.verify.count() == 2);
    BOOST_TEST(all.defaults.interval.count() == 9);
    BOOST_TEST(all.files[0].settings.verify.count() == 1);
    BOOST_TEST(all.files[0].where.file == at.drop_ins + "/b.toml");
}

BOOST_AUTO_TEST_CASE(drop_ins_need_not_be) {
    const place at;
    BOOST_TEST(load_configuration(at.main, trust::any).files.size() == 1U);
    std::filesystem::remove(at.drop_ins);
    BOOST_TEST(load_configuration(at.main, trust::any).files.size() == 1U);
}

BOOST_AUTO_TEST_CASE(drop_in_path_is_read) {
    const place at;
    write(at.drop_ins + "/a.toml", "\n" + file_at("/main"));
    BOOST_TEST(refusal_of(at.main) == at.drop_ins + "/a.toml:3:8: path '/main': already given at " + at.main + ":2:8");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read) {
    const place at;
    BOOST_TEST(refusal_of(at / "none.toml") == at / "none.toml" + ": No such file or directory");
    BOOST_TEST(refusal_of(at.drop_ins) == at.drop_ins + " (directory): not a regular file");
    BOOST_TEST(refusal_of("/dev/zero") == "/dev/zero (character device): not a regular file");
    BOOST_TEST_REQUIRE(::mkfifo((at / "fifo").c_str(), 0600) == 0);
    BOOST_TEST(refusal_of(at / "fifo") == at / "fifo" + " (fifo): not a regular file");
    BOOST_TEST_REQUIRE(::symlink("gone", (at.drop_ins + "/a.toml").c_str()) == 0);
    BOOST_TEST(refusal_of(at.main) == at.drop_ins + "/a.toml: No such file or directory");
}

BOOST_AUTO_TEST_CASE(drop_ins_that_are_no_directory) {
    const place at;
    std::filesystem::remove(at.drop_ins);
    write(at.drop_ins, "");
    BOOST_TEST(refusal_of(at.main) == at.drop_ins + ": Not a directory");
}

BOOST_AUTO_TEST_CASE(size_has_a_limit) {
    const place at;
    std::ofstream(at.main) << "# limit\n";
    std::filesystem::resize_file(at.main, largest_source);
    BOOST_TEST(refusal_of(at.main) == at.main + ":2:16385: line of more than 16384 bytes");
    std::filesystem::resize_file(at.main, largest_source + 1);
    BOOST_TEST(refusal_of(at.main) == at.main + ": larger than 16777216 bytes");
}

BOOST_AUTO_TEST_CASE(names_are_shown_in_one_line) {
    const place at;
    write(at / "a\nb\xff.toml", "x = 1");
    BOOST_TEST(refusal_of(at / "a\nb\xff.toml") == at / "a\\nb\\xff.toml:1:1: unknown key 'x'");
}

BOOST_AUTO_TEST_CASE(symbolic_links_are_followed) {
    const place at;
    BOOST_TEST_REQUIRE(::symlink("some.toml", (at / "link.toml").c_str()) == 0);
    BOOST_TEST(load_configuration(at / "link.toml", trust::any).files.size() == 1U);
    BOOST_TEST(load_configuration(at / "link.toml", trust::any).files[0].where.file == at / "link.toml");
}

BOOST_AUTO_TEST_CASE(foreign_files_are_not_for_root) {
    const place at;
    const uid_t somebody = ::geteuid() == 0 ? 12345 : ::geteuid();
    BOOST_TEST_REQUIRE(::chown(at.main.c_str(), somebody, ::getegid()) == 0);
    BOOST_TEST(refusal_of(at.main, trust::root) == at.main + ": not owned by root");
    BOOST_TEST(refusal_of(at.main, trust::any) == "(accepted)");
}

BOOST_AUTO_TEST_CASE(root_refuses_files_writable_by_others, *boost::unit_test::precondition(is_root)) {
    const place at;
    const std::string drop_in = at.drop_ins + "/a.toml";
    write(drop_in, "");
    BOOST_TEST(refusal_of(at.main, trust::root) == "(accepted)");
    for (const mode_t mode : {0664, 0646, 0666, 0622}) {
        for (const std::string& file : {at.main, drop_in}) {
            BOOST_TEST_REQUIRE(::chmod(file.c_str(), mode) == 0);
            BOOST_TEST(refusal_of(at.main, trust::root) == file + ": writable by others than root");
            BOOST_TEST_REQUIRE(::chmod(file.c_str(), 0600) == 0);
        }
    }
    BOOST_TEST(refusal_of(at.main, trust::root) == "(accepted)");
}

BOOST_AUTO_TEST_CASE(root_refuses_directories_writable_by_others, *boost::unit_test::precondition(is_root)) {
    const place at;
    write(at.drop_ins + "/a.toml", "");
    BOOST_TEST_REQUIRE(::chmod(at.drop_ins.c_str(), 0775) == 0);
    BOOST_TEST(refusal_of(at.main, trust::root) ==
               at.drop_ins + "/a.toml: the directory " + at.drop_ins + " is writable by others than root");
    BOOST_TEST_REQUIRE(::chmod(at.drop_ins.c_str(), 0755) == 0);
    BOOST_TEST_REQUIRE(::chown(at.drop_ins.c_str(), 12345, 0) == 0);
    BOOST_TEST(refusal_of(at.main, trust::root) ==
               at.drop_ins + "/a.toml: the directory " + at.drop_ins + " is not owned by root");
}

BOOST_AUTO_TEST_CASE(root_refuses_links_from_foreign_places, *boost::unit_test::precondition(is_root)) {
    const place at;
    const std::string open = at / "open";
    std::filesystem::create_directory(open);
    BOOST_TEST_REQUIRE(::chmod(open.c_str(), 01777) == 0);
    write(open + "/target.toml", "");
    const std::string why = ": the directory " + open + " is writable by others than root";
    const std::string into = at / "into.toml", out_of = open + "/out.toml";
    BOOST_TEST_REQUIRE(::symlink("open/target.toml", into.c_str()) == 0);
    BOOST_TEST_REQUIRE(::symlink("../some.toml", out_of.c_str()) == 0);
    BOOST_TEST(refusal_of(into, trust::root) == into + why);
    BOOST_TEST(refusal_of(out_of, trust::root) == out_of + why);
}

BOOST_AUTO_TEST_SUITE_END()
