// The control socket of the service, used by dmfilemapctl and curl.

#include "kernel/served.hpp"

#include <boost/algorithm/string/replace.hpp>

namespace filemap::test {
namespace {

const std::string socket_path = "/run/dmfilemapd/control.sock";

std::string client() {
    return std::filesystem::path(daemon_executable()).parent_path() / "dmfilemapctl";
}

std::string control(std::vector<std::string> words) {
    words.insert(words.begin(), client());
    return run_or_throw(words);
}

std::string curl(const std::string& target) {
    return run_or_throw({"curl", "--silent", "--unix-socket", socket_path, "http://localhost" + target});
}

bool is_followed(const std::string& name) {
    return control({"--json", "show", served::at(name)}).find(R"("state":"following")") != std::string::npos;
}

// Commands for root in a manual page, with continued lines joined.
std::vector<std::string> commands_of(const std::string& page) {
    std::ifstream lines(page);
    BOOST_TEST_REQUIRE(lines.is_open(), page);
    std::vector<std::string> commands;
    bool goes_on = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(".Dl ")) line.erase(0, 4);
        for (const auto& [roff, plain] :
             {std::pair{R"(\-)", "-"}, {R"(\(aq)", "'"}, {R"(\(dq)", "\""}, {R"(\e)", "\\"}})
            boost::replace_all(line, roff, plain);
        const bool begins = line.starts_with("# ");
        if (!begins && !goes_on) continue;
        if (begins) commands.emplace_back();
        goes_on = line.ends_with('\\');
        if (goes_on) line.pop_back();
        commands.back() += begins ? line.substr(2) : line;
    }
    return commands;
}

// Runs an example on the files of this test, and stops an endless one.
program_result run_example(std::string command) {
    boost::replace_all(command, "/srv/db/users.ibd", served::at("users.ibd"));
    boost::replace_all(command, "/var/log/app/current.log", served::at("current.log"));
    boost::replace_all(command, "vg0-data", shared_device().name());
    boost::replace_all(command, "/srv/x", served::at("x"));
    boost::replace_all(command, "dmfilemapctl", client());
    if (command.find("/v1/events") != command.npos) command = "timeout 1 " + command + "; [ $? = 124 ]";
    return run_program({"bash", "-c", "s=" + socket_path + "; " + command});
}

BOOST_AUTO_TEST_SUITE(service_control)

BOOST_AUTO_TEST_CASE(dmfilemapctl_and_curl_show_the_same) {
    served by;
    served::make("a");
    by.configure({{"a", ""}, {"late", ""}});
    by.start();
    by.in_sync("a");
    // A refresh may happen between the two requests.
    BOOST_TEST(wait_until([] { return control({"--json", "list"}) == curl("/v1/files"); }, reaction_bound));
    BOOST_TEST(wait_until(
        [] {
            return control({"--json", "show", served::at("a")}) == curl("/v1/files" + served::at("a"));
        },
        reaction_bound));
    BOOST_TEST(is_followed("a"));
    BOOST_TEST(control({"list"}).find("waiting") != std::string::npos);
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
    BOOST_TEST(run_program({client(), "list"}).status == 1);
}

BOOST_AUTO_TEST_CASE(files_are_added_synchronised_and_removed) {
    served by;
    by.configure({});
    by.start();
    served::make("a");
    BOOST_TEST(control({"add", served::at("a"), "alias=other"}).empty());
    by.comes_to_have({"other"});
    BOOST_TEST(run_program({client(), "add", served::at("a")}).err.ends_with("the file is followed already\n"));
    BOOST_TEST(control({"resync", served::at("a")}).empty());
    BOOST_TEST(control({"resync"}).empty());
    // A reload keeps the added file.
    by.reload();
    BOOST_TEST(is_followed("a"));
    BOOST_TEST(control({"remove", served::at("a")}).empty());
    BOOST_TEST(run_program({client(), "show", served::at("a")}).status == 1);
    by.comes_to_have({"other"});
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(untrackable_file_is_not_added) {
    served by;
    by.configure({});
    by.start();
    served::make("a");
    const std::string foreign = served::configuration();
    const std::pair<std::string, std::string> cases[] = {
        {served::directory(), "not a regular file"},
        {foreign, "not on a device-mapper device"},
        {served::at("a/below"), ""},
    };
    for (const auto& [path, cause] : cases) {
        const program_result added = run_program({client(), "add", path});
        BOOST_TEST(added.status == (cause.empty() ? 0 : 1), path << ": " << added.err);
        BOOST_TEST(added.err.find(cause) != std::string::npos, added.err);
        BOOST_TEST(run_program({client(), "show", path}).status == added.status);
    }
    BOOST_TEST(run_program({client(), "add", served::at("none"), "absent=fail"}).status == 1);
    // The answer comes after the file is monitored.
    BOOST_TEST(control({"add", served::at("a")}).empty());
    BOOST_TEST(is_followed("a"));
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(reload_by_socket_reports_errors) {
    served by;
    served::make("a");
    by.configure({});
    by.start();
    by.configure({{"a", ""}});
    BOOST_TEST(control({"reload"}).empty());
    by.in_sync("a");
    by.configure({{"a", "nonsense = 1\n"}});
    const program_result refused = run_program({client(), "reload"});
    BOOST_TEST(refused.status == 1);
    BOOST_TEST(refused.err.find("service.toml:3:1: ") != std::string::npos, refused.err);
    BOOST_TEST(control({"status"}).find("service.toml:3:1: ") != std::string::npos);
    BOOST_TEST(is_followed("a"));
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(reload_recreates_deleted_socket) {
    served by;
    by.configure({});
    by.start();
    std::filesystem::remove(socket_path);
    BOOST_TEST(run_program({client(), "list"}).status == 1);
    by.reload();
    BOOST_TEST(run_program({client(), "list"}).status == 0);
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
    BOOST_TEST(!std::filesystem::exists(socket_path));
}

BOOST_AUTO_TEST_CASE(what_the_manual_pages_show_works) {
    served by;
    for (const char* name : {"users.ibd", "current.log", "x"}) served::make(name);
    by.configure({{"users.ibd", ""}});
    by.start();
    by.in_sync("users.ibd");
    std::size_t tried = 0;
    for (const char* page : {"dmfilemapctl.1", "dmfilemapd-control.7", "dmfilemapd-metrics.7"}) {
        for (const std::string& command : commands_of(std::string(FILEMAP_MAN_PAGES) + '/' + page)) {
            const bool asks = command.find("dmfilemapctl") != command.npos || command.find("curl") != command.npos;
            if (!asks) continue;
            ++tried;
            const program_result ran = run_example(command);
            BOOST_TEST(ran.status == 0, command << ": " << ran.out << ran.err);
            BOOST_TEST(ran.out.find("about:blank") == std::string::npos, command << ": " << ran.out);
        }
    }
    BOOST_TEST(tried >= 12U);
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
