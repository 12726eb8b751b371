#pragma once

#include "support/daemon.hpp"
#include "support/map_check.hpp"
#include "support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>

namespace filemap::test {

inline constexpr std::uint64_t KiB = 1024;
inline constexpr std::uint64_t MiB = 1024 * KiB;

/// Time limit for the group to be in sync. Reaction to an event takes milliseconds, the verify timer fires once per
/// minute, so a change within this limit was found by an event.
inline constexpr seconds reaction_bound{60};

/// The file system under test: the program's argument.
inline const std::string& file_system_under_test() {
    static const std::string name = [] {
        const auto& suite = boost::unit_test::framework::master_test_suite();
        BOOST_TEST_REQUIRE(suite.argc > 1, "usage: PROGRAM -- FILESYSTEM");
        return std::string(suite.argv[1]);
    }();
    return name;
}

/// Returns the device that all cases share: making a file system takes longer than most cases.
inline scratch_device& shared_device() {
    static scratch_device device("shared", file_system_under_test(), 400);
    return device;
}

/// An unused path on the shared device. The destructor removes the file.
class scratch_file {
public:
    explicit scratch_file(const std::string& name = "file");
    scratch_file(const scratch_file&) = delete;
    scratch_file& operator=(const scratch_file&) = delete;
    ~scratch_file();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] file_editor edit() const { return file_editor(path_); }

private:
    std::string directory_;
    std::string path_;
};

/// Adds suites and cases from a table.
[[nodiscard]] boost::unit_test::test_suite& add_suite(const std::string& name);
void add_case(boost::unit_test::test_suite& suite, const std::string& name, const std::function<void()>& body);

/// Fails the test and prints the differences.
void require_sync(const std::string& file, const char* when);

/// Group of the only monitored file on the shared device.
[[nodiscard]] listed_group only_group();

}  // namespace filemap::test
