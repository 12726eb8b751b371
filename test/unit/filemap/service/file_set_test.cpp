#include "unit/filemap/service/file_set_fixture.hpp"

using namespace filemap;
using namespace filemap::test;

using names = std::multiset<std::string>;

BOOST_FIXTURE_TEST_SUITE(file_set_suite, file_set_fixture)

BOOST_AUTO_TEST_CASE(present_followed_absent_waited_for) {
    make("a");
    make("foreign");
    want({"a", "absent", "foreign"});
    BOOST_TEST(run_until([&] { return settled == 1; }));
    BOOST_TEST((state_of("a") == file_state::following));
    BOOST_TEST((state_of("absent") == file_state::waiting));
    BOOST_TEST(reasons[at("absent")] == "No such file or directory");
    BOOST_TEST((state_of("foreign") == file_state::failed));
    BOOST_TEST((the_set().counts() == std::array<std::size_t, file_states>{1, 0, 1, 0, 1}));
    BOOST_TEST((groups() == names{"\"a\""}));
}

BOOST_AUTO_TEST_CASE(appearing_file_is_followed_by_event) {
    want({"absent", "below/there"});
    BOOST_TEST(run_until([&] { return settled == 1; }));
    make("absent");
    BOOST_TEST(comes_to("absent", file_state::following));
    std::filesystem::create_directory(directory / "below");
    make("below/there");
    BOOST_TEST(comes_to("below/there", file_state::following));
    BOOST_TEST((groups() == names{"\"absent\"", "\"below/there\""}));
}

BOOST_AUTO_TEST_CASE(vanished_file_is_followed_again) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    for (int i = 0; i < 3; ++i) {
        std::filesystem::remove(directory / "a");
        BOOST_TEST(comes_to("a", file_state::waiting));
        BOOST_TEST(groups().empty());
        make("a");
        BOOST_TEST(comes_to("a", file_state::following));
        BOOST_TEST((groups() == names{"\"a\""}));
    }
}

BOOST_AUTO_TEST_CASE(dead_inode_is_waited_for) {
    make("a");
    the_set().apply({request("a", [](monitor_config& c) { c.follow = fs::follow_mode::inode; })});
    BOOST_TEST(comes_to("a", file_state::following));
    std::filesystem::remove(directory / "a");
    BOOST_TEST(comes_to("a", file_state::waiting));
    make("a");
    BOOST_TEST(comes_to("a", file_state::following));
}

BOOST_AUTO_TEST_CASE(equal_requests_touch_nothing) {
    make("a");
    want({"a", "absent"});
    BOOST_TEST(run_until([&] { return settled == 1; }));
    const int found = finds;
    std::uint64_t messages = 0;
    kernel.before_each_message([&](std::uint64_t, device_id, std::string_view) {
        ++messages;
        return error_code{};
    });
    want({"a", "absent"});
    BOOST_TEST(run_until([&] { return settled == 2; }));
    BOOST_TEST(finds == found);
    BOOST_TEST(messages == 0U);
    BOOST_TEST((state_of("a") == file_state::following));
    kernel.before_each_message({});
}

BOOST_AUTO_TEST_CASE(repeated_failure_is_logged_once) {
    make("foreign");
    for (int reloads = 1; reloads <= 3; ++reloads) {
        const int before = finds;
        want({"foreign"});
        BOOST_TEST(run_until([&] { return settled == reloads && finds > before; }));
    }
    BOOST_TEST(times_logged("foreign: cannot be followed: ") == 1);
    BOOST_TEST(reasons[at("foreign")] == "not on a device-mapper device");
    std::filesystem::remove(directory / "foreign");
    BOOST_TEST(comes_to("foreign", file_state::waiting));
    make("foreign");
    BOOST_TEST(comes_to("foreign", file_state::failed));
    BOOST_TEST(times_logged("foreign: cannot be followed: ") == 2);
}

BOOST_AUTO_TEST_CASE(changed_interval_keeps_group) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    const auto group = group_of("a");
    kernel.complete_io(first_device, dm::io_direction::read, covered().front());
    the_set().apply({request("a", [](monitor_config& c) {
        c.interval = 30ms;
        c.delete_on_exit = true;
    })});
    BOOST_TEST(run_until([&] { return settled == 2; }));
    BOOST_TEST((state_of("a") == file_state::following));
    BOOST_TEST((group_of("a") == group));
    BOOST_TEST(reads_of("a") == 1U);
    BOOST_TEST(times_logged("following") == 1);
}

BOOST_AUTO_TEST_CASE(changed_verify_applies_at_once) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    const auto refreshes = [&] {
        std::uint64_t count = 0;
        the_set().with(at("a"), [&](const file_info& file) { count = file.status->refreshes; });
        return count;
    };
    the_set().apply({request("a", [](monitor_config& c) { c.verify = 20ms; })});
    const std::uint64_t before = refreshes();
    BOOST_TEST(run_until([&] { return refreshes() >= before + 4; }));
}

BOOST_AUTO_TEST_CASE(changed_alias_renames_group) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    const auto group = group_of("a");
    kernel.complete_io(first_device, dm::io_direction::read, covered().front());
    the_set().apply({renamed("a", "other")});
    BOOST_TEST(run_until([&] { return groups() == names{"\"other\""}; }));
    BOOST_TEST((group_of("a") == group));
    BOOST_TEST(reads_of("a") == 1U);
}

BOOST_AUTO_TEST_CASE(changed_program_recreates_group) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    the_set().apply({request("a", as_somebody)});
    BOOST_TEST(run_until([&] { return programs() == std::set<std::string>{"somebody"}; }));
    the_set().apply({request("a", precisely)});
    BOOST_TEST(run_until([&] { return counts_precisely("dmstats"); }));
    BOOST_TEST(run_until([&] { return programs() == std::set<std::string>{"dmstats"}; }));
    BOOST_TEST(run_until([&] { return times_logged("group not as configured; recreated it") == 2; }));
    BOOST_TEST(reads_of("a") == 0U);
}

BOOST_AUTO_TEST_CASE(another_follow_mode_makes_another_group) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    the_set().apply({request("a", [](monitor_config& c) { c.follow = fs::follow_mode::inode; })});
    BOOST_TEST(run_until([&] { return times_logged("following") == 2; }));
    BOOST_TEST(groups().size() == 1U);
}

BOOST_AUTO_TEST_CASE(restart_applies_changes_like_reload) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    kernel.complete_io(first_device, dm::io_direction::read, covered().front());
    next_life();
    the_set().apply({renamed("a", "other")});
    BOOST_TEST(run_until([&] { return groups() == names{"\"other\""}; }));
    BOOST_TEST(comes_to("a", file_state::following));
    BOOST_TEST(reads_of("a") == 1U);
    next_life();
    the_set().apply({request("a", precisely)});
    BOOST_TEST(run_until([&] { return counts_precisely("dmstats"); }));
    BOOST_TEST(comes_to("a", file_state::following));
    BOOST_TEST(reads_of("a") == 0U);
    next_life();
    the_set().apply({request("a", as_somebody)});
    BOOST_TEST(comes_to("a", file_state::following));
    BOOST_TEST(run_until([&] { return programs() == std::set<std::string>{"somebody"}; }));
    BOOST_TEST(run_until([&] { return groups() == names{"\"a\""}; }));
}

BOOST_AUTO_TEST_CASE(delete_on_exit_applies_before_stop) {
    const std::function<void(monitor_config&)> others[] = {
        [](monitor_config&) {}, [](monitor_config& c) { c.interval = 30ms; }, precisely, as_somebody};
    for (const auto& other : others) {
        make("a");
        want({"a"});
        BOOST_TEST(comes_to("a", file_state::following));
        the_set().apply({request("a", [&](monitor_config& c) {
            c.delete_on_exit = true;
            other(c);
        })});
        next_life();
        BOOST_TEST(groups().empty());
    }
}

BOOST_AUTO_TEST_CASE(unlisted_file_ends_as_configured) {
    make("stays");
    make("goes");
    the_set().apply({request("stays"), request("goes", [](monitor_config& c) { c.delete_on_exit = true; })});
    BOOST_TEST(comes_to("stays", file_state::following));
    BOOST_TEST(comes_to("goes", file_state::following));
    the_set().apply({});
    BOOST_TEST(run_until([&] { return removed.size() == 2U; }));
    BOOST_TEST(the_set().size() == 0U);
    BOOST_TEST((groups() == names{"\"stays\""}));
    BOOST_TEST(run_until([&] { return settled == 2; }));
}

BOOST_AUTO_TEST_CASE(relisted_file_starts_again) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    the_set().apply({});
    want({"a"});
    BOOST_TEST(run_until([&] { return times_logged("following") == 2; }));
    BOOST_TEST(comes_to("a", file_state::following));
    BOOST_TEST((groups() == names{"\"a\""}));
}

BOOST_AUTO_TEST_CASE(removed_group_waits_for_request) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    BOOST_TEST(kernel.message(first_device, "@stats_delete " + std::to_string(group_of("a")->value())).has_value());
    use_control_node();
    BOOST_TEST(comes_to("a", file_state::ended));
    BOOST_TEST(reasons[at("a")] == "the group was removed by another program");
    // The event does not lead to another file at the path.
    const int before = finds;
    std::filesystem::rename(directory / "a", directory / "b");
    std::filesystem::rename(directory / "b", directory / "a");
    BOOST_TEST(run_until([&] { return finds > before; }));
    BOOST_TEST(the_set().resync(at("a"), {}));
    BOOST_TEST(comes_to("a", file_state::following));
    BOOST_TEST((groups() == names{"\"a\""}));
    BOOST_TEST(!the_set().resync(at("unknown"), {}));
}

BOOST_AUTO_TEST_CASE(released_foreign_group_is_followed) {
    set_options.retry = 20ms;
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    next_life();
    shared_kernel.is_claimed = true;
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::failed));
    BOOST_TEST(reasons[at("a")] == "group: another process monitors this group");
    // The set retries without a second log line.
    const int before = finds;
    BOOST_TEST(run_until([&] { return finds > before; }));
    BOOST_TEST(comes_to("a", file_state::failed));
    BOOST_TEST(times_logged("cannot be followed") == 1);
    shared_kernel.is_claimed = false;
    BOOST_TEST(comes_to("a", file_state::following));
    BOOST_TEST(groups().size() == 1U);
}

BOOST_AUTO_TEST_CASE(ended_file_restarts_with_new_file) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    BOOST_TEST(kernel.message(first_device, "@stats_delete " + std::to_string(group_of("a")->value())).has_value());
    use_control_node();
    BOOST_TEST(comes_to("a", file_state::ended));
    make("new");
    std::filesystem::rename(directory / "new", directory / "a");
    BOOST_TEST(comes_to("a", file_state::following));
}

BOOST_AUTO_TEST_CASE(resync_refreshes_at_once) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    std::optional<error_code> outcome;
    BOOST_TEST(the_set().resync(at("a"), [&](error_code error) { outcome = error; }));
    BOOST_TEST(run_until([&] { return outcome.has_value(); }));
    BOOST_TEST(!*outcome);
}

BOOST_AUTO_TEST_CASE(resync_without_waiter_completes) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    // No event reports the deletion, so only a resync detects it.
    BOOST_TEST(kernel.message(first_device, "@stats_delete " + std::to_string(group_of("a")->value())).has_value());
    BOOST_TEST(the_set().resync(at("a"), {}));
    BOOST_TEST(comes_to("a", file_state::ended));
}

BOOST_AUTO_TEST_CASE(resync_ignores_long_interval) {
    make("a");
    const auto each_hour = [](monitor_config& c) { c.interval = 1h; };
    the_set().apply({request("a", each_hour)});
    BOOST_TEST(comes_to("a", file_state::following));
    std::optional<error_code> outcome;
    BOOST_TEST(the_set().resync(at("a"), [&](error_code error) { outcome = error; }));
    BOOST_TEST(run_until([&] { return outcome.has_value(); }));
    file_request renamed = request("a", each_hour);
    renamed.alias_part = "\"other\"";
    the_set().apply({renamed});
    BOOST_TEST(run_until([&] { return groups() == names{"\"other\""}; }));
}

BOOST_AUTO_TEST_CASE(partial_list_keeps_others) {
    make("a");
    make("b");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    the_set().apply({request("b")}, unlisted_files::stay);
    BOOST_TEST(comes_to("b", file_state::following));
    BOOST_TEST(run_until([&] { return settled == 2; }));
    BOOST_TEST((state_of("a") == file_state::following));
    BOOST_TEST(removed.empty());
}

BOOST_AUTO_TEST_CASE(hanging_path_delays_no_other) {
    set_options.lookups = 1;
    set_options.hang_timeout = 20ms;
    make("a");
    make("z");
    make("hanging");
    want({"a", "hanging", "z"});
    BOOST_TEST(comes_to("a", file_state::following));
    BOOST_TEST(comes_to("z", file_state::following));
    BOOST_TEST(run_until([&] { return settled == 1; }));
    BOOST_TEST((state_of("hanging") == file_state::waiting));
    BOOST_TEST(times_logged("opening it has not returned") == 1);
    let_finds_return();
    BOOST_TEST(comes_to("hanging", file_state::following));
}

BOOST_AUTO_TEST_CASE(required_file_fails_until_reload) {
    file_request must = request("a");
    must.must_exist = true;
    the_set().apply({must});
    BOOST_TEST(comes_to("a", file_state::failed));
    make("a");
    const int before = finds;
    the_set().add(request("other"));
    BOOST_TEST(comes_to("other", file_state::waiting));
    BOOST_TEST((state_of("a") == file_state::failed));
    BOOST_TEST(finds > before);
    the_set().apply({must});
    BOOST_TEST(comes_to("a", file_state::following));
}

BOOST_AUTO_TEST_CASE(stop_ends_all_and_keeps_groups) {
    make("a");
    want({"a", "absent"});
    BOOST_TEST(run_until([&] { return settled == 1; }));
    the_set().stop();
    BOOST_TEST(run_until([&] { return !running; }));
    BOOST_TEST((groups() == names{"\"a\""}));
}

BOOST_AUTO_TEST_CASE(a_second_life_takes_groups_up) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    const auto group = group_of("a");
    next_life();
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    BOOST_TEST((group_of("a") == group));
    BOOST_TEST((groups() == names{"\"a\""}));
}

BOOST_AUTO_TEST_CASE(files_are_listed_in_chunks) {
    want({"c", "a", "b"});
    std::vector<std::string> listed;
    const auto list = [&](const file_info& file) { listed.push_back(file.request.path); };
    BOOST_TEST(the_set().for_each_after("", 2, list) == 2U);
    BOOST_TEST(the_set().for_each_after(listed.back(), 2, list) == 1U);
    BOOST_TEST((listed == std::vector{at("a"), at("b"), at("c")}));
}

BOOST_AUTO_TEST_CASE(destruction_leaves_nothing_running) {
    make("a");
    for (int handlers = 0; handlers < 40; ++handlers) {
        want({"a", "absent"});
        for (int i = 0; i < handlers; ++i) io.run_one_for(2ms);
        set_.reset();
        service_->stop();
        BOOST_TEST(run_until([&] { return !running; }));
        service_.reset();
    }
    BOOST_TEST(groups().size() <= 1U);
}

BOOST_AUTO_TEST_SUITE_END()
