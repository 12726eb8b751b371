// The example programs of the library, and those in its documentation, on the real kernel.

#include "kernel/follow_fixture.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <sstream>

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr seconds time_limit{60};

std::string example(const std::string& name) {
    return FILEMAP_EXAMPLES "/" + name;
}

/// A file. The destructor deletes its regions.
struct example_file : scratch_file {
    example_file() { edit().write_and_sync(0, MiB); }
    ~example_file() { delete_all_regions(shared_device().name()); }
};

void require_printed(const background_program& program, const std::string& text) {
    const bool printed = wait_until([&] { return program.printed().find(text) != std::string::npos; }, time_limit);
    BOOST_TEST_REQUIRE(printed, text << ", among: " << program.printed());
}

void check_followed(const example_file& file) {
    require_sync(file.path(), "at first");
    file.edit().write_and_sync(8 * MiB, MiB);
    require_sync(file.path(), "after growth");
    file.edit().truncate(512 * KiB);
    require_sync(file.path(), "after truncation");
}

void check_ends_at_signal(background_program& program) {
    ::kill(program.pid(), SIGTERM);
    const auto status = program.wait_for_end(time_limit);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST(*status == 0, program.printed());
}

void check_ends_with_the_group(background_program& program) {
    run_or_throw({"dmstats", "delete", "--groupid", std::to_string(only_group().id), shared_device().name()});
    const auto status = program.wait_for_end(time_limit);
    BOOST_TEST_REQUIRE(status.has_value());
    BOOST_TEST(*status == 0, program.printed());
}

/// Connects to the host's socket and returns its answer.
std::string ask(const std::string& socket) {
    const int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
    BOOST_TEST_REQUIRE(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    std::string answer;
    std::array<char, 256> buffer{};
    for (ssize_t got = 0; (got = ::read(client, buffer.data(), buffer.size())) > 0;)
        answer.append(buffer.data(), static_cast<std::size_t>(got));
    ::close(client);
    return answer;
}

unsigned long number_after(const std::string& word, const std::string& text) {
    const auto at = text.find(word + ' ');
    BOOST_TEST_REQUIRE(at != std::string::npos, text);
    return std::stoul(text.substr(at + word.size() + 1));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(examples)

BOOST_AUTO_TEST_CASE(file_is_followed_by_coroutines) {
    const example_file file;
    background_program program({example("follow_coroutine"), file.path()});
    require_printed(program, "in sync: ");
    check_followed(file);
    check_ends_at_signal(program);
    BOOST_TEST(program.printed().find("ended: ") != std::string::npos, program.printed());
}

BOOST_AUTO_TEST_CASE(file_is_followed_by_callbacks) {
    const example_file file;
    background_program program({example("follow_callbacks"), file.path()});
    require_printed(program, "watching: group ");
    require_printed(program, "in sync: Success, ");
    check_followed(file);
    require_printed(program, "changed: ");
    check_ends_at_signal(program);
    BOOST_TEST(program.printed().find("ended: ") != std::string::npos, program.printed());
}

BOOST_AUTO_TEST_CASE(host_with_timer_and_socket) {
    const example_file file;
    const std::string socket = std::filesystem::temp_directory_path() / "beside_a_host.socket";
    background_program program({example("beside_a_host"), socket, file.path()});
    require_printed(program, "ready");
    check_followed(file);
    const std::string before = ask(socket);
    BOOST_TEST(number_after("regions", before) > 0U);
    BOOST_TEST(
        wait_until([&] { return number_after("ticks", ask(socket)) > number_after("ticks", before); }, time_limit));
    const unsigned long syncs = number_after("syncs", before);
    file.edit().write_and_sync(16 * MiB, MiB);
    BOOST_TEST(wait_until([&] { return number_after("syncs", ask(socket)) > syncs; }, time_limit));
    check_ends_at_signal(program);
    std::filesystem::remove(socket);
}

BOOST_AUTO_TEST_CASE(counters_read_by_group_name) {
    const example_file file;
    run_or_throw({"dmstats", "create", "--filemap", "--nomonitor", file.path()});
    file.edit().read_direct(0, MiB);
    const std::string alias = std::filesystem::path(file.path()).filename();
    const std::string printed = run_or_throw({example("read_counters"), shared_device().node(), alias});
    const std::string reads = printed.substr(0, printed.find('\n'));
    BOOST_TEST(reads.ends_with(", 2048 sectors"), printed);
    BOOST_TEST(printed.find("\nwrites 0, 0 sectors\n") != std::string::npos, printed);

    const program_result unknown = run_program({example("read_counters"), shared_device().node(), "unknown"});
    BOOST_TEST(unknown.status == 1);
    BOOST_TEST(unknown.err == "unknown: no such group\n");
}

BOOST_AUTO_TEST_CASE(missing_file_is_reported) {
    for (const char* name : {"follow_coroutine", "follow_callbacks"}) {
        const program_result refused = run_program({example(name), "/mnt/nothing"});
        BOOST_TEST(refused.status == 1);
        BOOST_TEST(refused.err.find("/mnt/nothing") != std::string::npos, refused.err);
    }
}

BOOST_AUTO_TEST_CASE(documented_programs_monitor_a_file) {
    for (const char* executable : {FILEMAP_PROGRAM_OF_README, FILEMAP_PROGRAM_OF_PAGE}) {
        const example_file file;
        background_program program({executable, file.path()});
        require_printed(program, "Success: ");
        check_followed(file);
        check_ends_with_the_group(program);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace filemap::test
