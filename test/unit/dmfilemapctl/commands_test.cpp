// Runs the client program against the daemon's HTTP server with a fake service.

#include "support/process.hpp"
#include "unit/dmfilemapd/api/api_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <future>
#include <regex>

namespace {

using namespace filemap::test;
using strings = std::vector<std::string>;

/// Runs a program while the event loop runs the server.
program_result run_beside(world& in, const strings& arguments) {
    auto running = std::async(std::launch::async, [&] { return run_program(arguments, bound); });
    BOOST_TEST_REQUIRE(in.turn_until([&] { return running.wait_for(milliseconds{0}) == std::future_status::ready; }));
    return running.get();
}

program_result run(world& in, strings arguments) {
    arguments.insert(arguments.begin(), {FILEMAP_CTL, "--socket", in.path});
    return run_beside(in, arguments);
}

void check_printed(const program_result& ran, const std::string& text) {
    BOOST_TEST(ran.status == 0);
    BOOST_TEST(ran.err == "");
    BOOST_TEST(ran.out == text);
}

void check_refused(const program_result& ran, const std::string& text) {
    BOOST_TEST(ran.status == 1);
    BOOST_TEST(ran.err == "dmfilemapctl: " + text);
    BOOST_TEST(ran.out == "");
}

control::event removal_of(const std::string& path) {
    control::event happened;
    happened.what = control::event::kind::removed;
    happened.path = path;
    return happened;
}

/// Replaces times, which the tests do not compare.
std::string without_times(const std::string& text) {
    static const std::regex time("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z");
    return std::regex_replace(text, time, "TIME");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(commands_test)

BOOST_AUTO_TEST_CASE(help_and_version_go_to_stdout) {
    for (const char* option : {"--help", "-h"}) {
        const program_result ran = run_program({FILEMAP_CTL, option});
        BOOST_TEST(ran.status == 0);
        BOOST_TEST(ran.out.starts_with("Usage: dmfilemapctl [OPTION]... COMMAND"));
        BOOST_TEST(ran.err == "");
    }
    for (const char* option : {"--version", "-V"})
        check_printed(run_program({FILEMAP_CTL, option}), "dmfilemapctl " FILEMAP_VERSION "\n");
}

BOOST_AUTO_TEST_CASE(wrong_usage_prints_one_line) {
    const std::pair<strings, const char*> table[] = {
        {{}, "no COMMAND given"},
        {{"nope\n"}, "unknown command 'nope\\n'"},
        {{"--nope"}, "unrecognised option '--nope'"},
        {{"--socket"}, "the required argument for option '--socket' is missing"},
        {{"show"}, "show: no FILE given"},
        {{"show", ""}, "FILE '': empty"},
        {{"show", "/a", "/b"}, "show: too many arguments, from '/b'"},
        {{"list", "/a"}, "list: too many arguments, from '/a'"},
        {{"resync", "/a", "/b"}, "resync: too many arguments, from '/b'"},
        {{"hot"}, "hot: no DEVICE given"},
        {{"hot", ""}, "DEVICE '': empty"},
        {{"map"}, "map: no FILE given"},
        {{"list", "--heat"}, "--heat: only with map"},
        {{"map", "--since-start", "/a"}, "--since-start: only with --heat or top --once"},
        {{"map", "--interval", "1", "/a"}, "--interval: only with --heat or top"},
        {{"top", "/a"}, "top: too many arguments, from '/a'"},
        {{"top", "--heat"}, "--heat: only with map"},
        {{"top", "--since-start"}, "--since-start: only with --heat or top --once"},
        {{"top", "--once", "--since-start", "--interval", "2"}, "--since-start and --interval: only one of them"},
        {{"top", "--interval", "0.9"}, "--interval '0.9': not a number of seconds from 1 to 86400"},
        {{"top", "--sort", "size\n"},
         "--sort 'size\\n': not one of bytes, reads, writes, iops, latency, p99, busy, path"},
        {{"top", "--number", "0"}, "--number '0': not a whole number from 1"},
        {{"top", "--number", "1x"}, "--number '1x': not a whole number from 1"},
        {{"list", "--sort", "path"}, "--sort: only with top"},
        {{"list", "--filter", "x"}, "--filter: only with top"},
        {{"list", "--number", "1"}, "--number: only with top"},
        {{"list", "--once"}, "--once: only with top"},
        {{"map", "--heat", "--interval", "1", "--since-start", "/a"}, "--since-start and --interval: only one of them"},
        {{"map", "--heat", "--interval", "1s", "/a"}, "--interval '1s': not a number of seconds from 0.01 to 86400"},
        {{"map", "--heat", "--interval", "0", "/a"}, "--interval '0': not a number of seconds from 0.01 to 86400"},
        {{"map", "--heat", "--interval", "nan", "/a"}, "--interval 'nan': not a number of seconds from 0.01 to 86400"},
        {{"add", "/a", "follow"}, "'follow': not KEY=VALUE"},
        {{"add", "/a", "=x"}, "'=x': not KEY=VALUE"},
    };
    for (auto [arguments, cause] : table) {
        arguments.insert(arguments.begin(), FILEMAP_CTL);
        check_refused(run_program(arguments),
                      std::string(cause) + "\nTry 'dmfilemapctl --help' for more information.\n");
    }
}

BOOST_AUTO_TEST_CASE(without_a_daemon_it_says_so) {
    const scratch_directory directory;
    check_refused(run_program({FILEMAP_CTL, "--socket", directory / "no\nne", "list"}),
                  directory / "no\\nne: no daemon listens\n");
    // Leaves a socket on which no process listens any more.
    {
        const pid_t child = ::fork();
        if (child == 0) {
            app::control::socket_options options;
            options.path = directory / "dead";
            const app::control::control_socket socket(options);
            ::_exit(0);
        }
        BOOST_TEST(filemap::test::wait_for_end(child, seconds{10}).has_value());
    }
    check_refused(run_program({FILEMAP_CTL, "--socket", directory / "dead", "list"}),
                  directory / "dead: no daemon listens\n");
    check_refused(run_program({FILEMAP_CTL, "--socket", "", "list"}), "--socket '': empty or too long for a socket\n");
}

BOOST_AUTO_TEST_CASE(a_daemon_that_ends_is_told) {
    world in;
    in.service.holds = true;
    auto running = std::async(std::launch::async, [&] {
        return run_program({FILEMAP_CTL, "--socket", in.path, "reload"});
    });
    BOOST_TEST_REQUIRE(in.turn_until([&] { return !in.service.held.empty(); }));
    BOOST_TEST(in.stop());
    check_refused(running.get(), in.path + ": the daemon ended the connection\n");
}

BOOST_AUTO_TEST_CASE(list_prints_table_or_json) {
    world in;
    auto& first = in.service.put("/srv/a\nb\xff").summary;
    first.device = filemap::device_id(253, 0);
    first.group = filemap::group_id{17};
    first.regions = 2;
    first.extents = 3;
    first.synced_at = control::time_point{};
    auto& other = in.service.put("/srv/c").summary;
    other.state = control::file_state::failed;
    other.reason = "gone";
    check_printed(run(in, {"list"}),
                  "STATE      DEVICE  GROUP  REGIONS  EXTENTS  SYNCED                    FILE           NOTE\n"
                  "following  253:0      17        2        3  1970-01-01T00:00:00.000Z  /srv/a\\nb\\xff\n"
                  "failed     -           -        0        0  -                         /srv/c         gone\n");
    check_printed(run(in, {"list", "--json"}), ask(in, "GET /v1/files").body);
}

BOOST_AUTO_TEST_CASE(curl_is_told_the_same) {
    world in;
    in.service.put("/srv/a b");
    const strings curl{"curl", "--silent", "--unix-socket", in.path};
    const auto with_curl = [&](strings arguments) {
        arguments.insert(arguments.begin(), curl.begin(), curl.end());
        return run_beside(in, arguments);
    };
    check_printed(with_curl({"http://localhost/v1/files"}), run(in, {"--json", "list"}).out);
    check_printed(with_curl({"http://localhost/v1/files/srv/a%20b"}), run(in, {"--json", "show", "/srv/a b"}).out);
    check_printed(with_curl({"--json", R"({"path":"/srv/x","follow":"path"})", "http://localhost/v1/files"}),
                  "{\"done\":true}\n");
    check_printed(with_curl({"-X", "POST", "http://localhost/v1/reload"}), "{\"done\":true}\n");
    const strings expected{"add /srv/x follow=\"path\"", "reload"};
    BOOST_TEST(in.service.done == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(show_prints_one_line_per_item) {
    world in;
    auto& file = in.service.put("/srv/x");
    file.alias = "x";
    file.settings = {{"interval", std::int64_t{250}}, {"follow", std::string("path")}};
    check_printed(run(in, {"show", "/srv/y/../x"}),
                  "path:     /srv/x\n"
                  "state:    following\n"
                  "origin:   configuration\n"
                  "regions:  0\n"
                  "extents:  0\n"
                  "alias:    x\n"
                  "settings: interval 250, follow path\n");
    check_printed(run(in, {"--json", "show", "/srv/x"}), ask(in, "GET /v1/files/srv/x").body);
    check_refused(run(in, {"show", "/srv/none"}), "/srv/none: not among the files that are listed\n");
    const program_result status = run(in, {"status"});
    BOOST_TEST(
        status.out.find("\nfiles:      waiting 0, starting 0, following 0, ended 0, failed 0\n") != std::string::npos,
        status.out);
    check_printed(run(in, {"status", "--json"}), ask(in, "GET /v1/status").body);
}

BOOST_AUTO_TEST_CASE(actions_reach_the_service) {
    world in;
    const std::string name = "/srv/a\n\"\\\xff %41?#+";
    check_printed(run(in, {"add", name, "follow=path", "interval=5", "precise=true", "alias=\"7\"", "bounds=1ms,2ms"}),
                  "");
    check_printed(run(in, {"--json", "add", "/srv/x"}), "{\"done\":true}\n");
    check_printed(run(in, {"remove", name}), "");
    check_printed(run(in, {"resync", name}), "");
    check_printed(run(in, {"resync"}), "");
    check_printed(run(in, {"reload"}), "");
    check_printed(run(in, {"remove", "--", "-x"}), "");
    const strings expected{"add " + name + " follow=\"path\" interval=5 precise=true alias=\"7\" bounds=\"1ms,2ms\"",
                           "add /srv/x",
                           "remove " + name,
                           "resync " + name,
                           "resync all",
                           "reload",
                           "remove " + std::filesystem::absolute("-x").string()};
    BOOST_TEST(in.service.done == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_refused_is_one_line) {
    app::control::server_options options;
    options.action_patience = milliseconds{10};
    world in(options);
    in.service.result = control::refused{control::refused::cause::invalid, "dmfilemapd.toml:3:1: unknown\nkey 'x'"};
    check_refused(run(in, {"reload"}), "dmfilemapd.toml:3:1: unknown\\nkey 'x'\n");
    in.service.holds = true;
    check_refused(run(in, {"resync"}), "it takes long, and goes on\n");
    check_refused(run(in, {"add", "/x", "a=\xff"}), "'a=\\xff': not UTF-8\n");
}

BOOST_AUTO_TEST_CASE(events_are_printed_as_they_come) {
    for (const bool as_json : {false, true}) {
        world in;
        background_program listening(as_json ? strings{FILEMAP_CTL, "--socket", in.path, "--json", "events"}
                                             : strings{FILEMAP_CTL, "--socket", in.path, "events"});
        // The service knows the listener once the listener has requested the last event number.
        BOOST_TEST_REQUIRE(in.turn_until([&] { return in.service.asked > 0; }));
        in.service.tell(removal_of("/srv/a\xff"));
        const std::string text = as_json
                                     ? "{\"event\":\"listening\",\"number\":0}\n{\"event\":\"removed\",\"number\":1,"
                                       "\"time\":\"TIME\",\"path\":\"/srv/a\xef\xbf\xbd\","
                                       "\"path_encoded\":\"/srv/a%FF\"}\n"
                                     : "TIME removed /srv/a\\xff\n";
        BOOST_TEST(in.turn_until([&] { return without_times(listening.printed()) == text; }), listening.printed());
        BOOST_TEST(in.stop());
        BOOST_TEST(listening.wait_for_end(seconds{10}).value_or(-1) == 1);
        BOOST_TEST(without_times(listening.printed()) ==
                   text + "dmfilemapctl: " + in.path + ": the daemon ended the connection\n");
    }
}

BOOST_AUTO_TEST_CASE(full_stdout_is_an_error) {
    const program_result ran = run_program({"sh", "-c", "exec " FILEMAP_CTL " --help >/dev/full"});
    BOOST_TEST(ran.status == 1);
    BOOST_TEST(ran.err == "dmfilemapctl: cannot write to stdout\n");
}

BOOST_AUTO_TEST_CASE(maps_are_requested_once_or_twice) {
    const std::string none = R"("begin":0,"end":0,"cell_bytes":0,"mapped":[],"missing":[],"read":[],"written":[])";
    const auto drawn = [&](const std::string& hash, int read) {
        return R"({"path":"/srv/x","device":"253:0","size":0,"extents":0,"allocated":0,"largest_extent":0,"regions":0,)"
               R"("mapped":0,"missing":0,"bridged":0,"bridged_gaps":0,"shared":0,"unwritten":0,"not_mapped":[],"stretches":[],)"
               R"("regions_hash":")" +
               hash + R"(","read":)" + std::to_string(read) +
               R"(,"written":0,"along_file":{"not_mapped":[],"sector":[],)" + none +
               R"(},"along_device":{"bridged":[],)" + none + "}}";
    };
    world in;
    in.service.drawn = drawn("1", 1000);
    check_printed(
        run(in, {"map", "--heat", "--since-start", "/srv/x"}),
        "/srv/x\n  device 253:0\n  0 bytes, 0 bytes of it in 0 extents\n  0 regions with 0 bytes of the file\n"
        "  read 1000 bytes, written 0 bytes since the regions were made\n");
    in.service.then_drawn = {drawn("1", 1000), drawn("2", 0), drawn("2", 700)};
    const program_result looked = run(in, {"map", "--heat", "--interval", "0.01", "--json", "/srv/x"});
    BOOST_TEST(looked.out.find(R"("read":700,)") != std::string::npos, looked.out);
    BOOST_TEST(looked.out.find(R"("seconds":)") != std::string::npos, looked.out);
    const strings expected(4, "heat /srv/x");
    BOOST_TEST(in.service.done == expected, boost::test_tools::per_element());
    for (int i = 0; i < 6; ++i) in.service.then_drawn.push_back(drawn(std::to_string(i), 0));
    check_refused(run(in, {"map", "--heat", "--interval", "0.01", "/srv/x"}),
                  "/srv/x: its regions change faster than they can be looked at twice\n");
    in.service.result = control::refused{control::refused::cause::not_found, "no such file is followed"};
    check_refused(run(in, {"map", "/srv/x"}), "no such file is followed\n");
}

BOOST_AUTO_TEST_CASE(a_hunt_ends_in_a_table) {
    const std::string device = R"({"event":"device","path":"/dev/mapper/x","device":"253:0","sectors":2097152})";
    const std::string spot =
        R"({"event":"spot","sector":2048,"end_sector":2176,"share":0.75,"reads_per_second":99.6,"writes_per_second":0E0,)"
        R"("bytes_read_per_second":409600,"bytes_written_per_second":0,"files":[{"path":"/srv/a\nb","sectors":8},)"
        R"({"path":"/srv/c","sectors":1}]})";
    const std::string end =
        R"({"event":"end","probes":3,"seconds":1.2,"complete":true,"reads_per_second":132,"writes_per_second":1,)"
        R"("bytes_read_per_second":540672,"bytes_written_per_second":4096})";
    world in;
    in.service.tells_of_hunt = {device, R"({"event":"probe"})", spot, end};
    const std::string head =
        "/dev/mapper/x\n  device 253:0, 1.0 GiB: 132 reads/s of 528.0 KiB/s, 1 writes/s of 4.0 KiB/s\n"
        "  3 looks in 1 s\n";
    check_printed(
        run(in, {"hot", "x"}),
        head +
            "\n  SHARE  SECTOR   END  SIZE      READS/S  WRITES/S  READ         WRITTEN    FILES\n"
            "  75 %     2048  2176  64.0 KiB      100         0  400.0 KiB/s  0 bytes/s  /srv/a\\nb, /srv/c\n");
    check_printed(run(in, {"hot", "--json", "/dev/x"}),
                  device + "\n{\"event\":\"probe\"}\n" + spot + '\n' + end + '\n');
    in.service.tells_of_hunt = {device, end};
    check_printed(run(in, {"hot", "253:0"}), head + "  no hot spot\n");
    in.service.tells_of_hunt = {device, spot};
    check_refused(run(in, {"hot", "x"}), "the daemon ended the hunt\n");
    in.service.result = control::refused{control::refused::cause::failed, "gone"};
    check_refused(run(in, {"hot", "x"}), "gone\n");
    in.service.tells_of_hunt.clear();
    check_refused(run(in, {"hot", "x"}), "gone\n");
    BOOST_TEST(in.service.done.front() == "hunt /dev/mapper/x");
    BOOST_TEST(in.service.done.at(4) == "hunt /dev/block/253:0");
}

BOOST_AUTO_TEST_SUITE_END()
