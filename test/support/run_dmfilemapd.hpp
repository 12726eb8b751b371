#pragma once

#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace filemap::test {

/// Descriptor with the same number in the programs that the test runs.
class inherited_descriptor {
public:
    inherited_descriptor(const std::string& path, int flags) : number_(::open(path.c_str(), flags, 0600)) {
        BOOST_TEST_REQUIRE(number_ >= 0, path);
    }
    inherited_descriptor(const inherited_descriptor&) = delete;
    inherited_descriptor& operator=(const inherited_descriptor&) = delete;
    ~inherited_descriptor() { ::close(number_); }
    [[nodiscard]] std::string number() const { return std::to_string(number_); }

private:
    int number_;
};

/// Runs the built program.
inline program_result run_dmfilemapd(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), FILEMAP_DAEMON);
    return run_program(arguments);
}

/// Returns true if no started process still runs. @pre `adopt_orphans` was called.
inline bool no_child_left() {
    return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
}

inline std::string in_a_line(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += word + ' ';
    return text;
}

/// Checks a startup error: status 1, @p lines lines on stderr of which the first is "dmfilemapd: ...CAUSE...", no
/// other output and no process left.
inline void check_refused(const std::vector<std::string>& arguments, const std::string& cause, int lines) {
    adopt_orphans();
    const program_result ran = run_dmfilemapd(arguments);
    BOOST_TEST_CONTEXT("dmfilemapd " << in_a_line(arguments)) {
        BOOST_TEST(ran.status == 1);
        BOOST_TEST(ran.out == "");
        const std::string first = ran.err.substr(0, ran.err.find('\n'));
        BOOST_TEST(first.starts_with("dmfilemapd: "), first);
        BOOST_TEST(first.find(cause) != std::string::npos, "no '" << cause << "' in: " << first);
        BOOST_TEST(std::ranges::count(ran.err, '\n') == lines, ran.err);
        BOOST_TEST(ran.err.ends_with('\n'));
        if (lines == 2) BOOST_TEST(ran.err.find("\nTry 'dmfilemapd --help'") != std::string::npos, ran.err);
        BOOST_TEST(no_child_left());
    }
}

}  // namespace filemap::test
