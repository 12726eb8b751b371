// The service: many files by a configuration, under a service manager that this test plays.

#include "kernel/served.hpp"

namespace filemap::test {
namespace {

BOOST_AUTO_TEST_SUITE(service)

BOOST_AUTO_TEST_CASE(states_correct_at_every_step) {
    served by;
    for (const char* name : {"a", "b", "c", "globs/x.img"}) served::make(name);
    by.configure({{"a", ""}, {"b", ""}, {"c", ""}, {"late", ""}});
    by.start();
    by.comes_to_have({"a", "b", "c", "x.img"});
    for (const char* name : {"a", "b", "c", "globs/x.img"}) by.in_sync(name);
    BOOST_TEST(by.daemon().times_logged("late: waited for: No such file or directory") == 1, by.log());

    // Created, grown, removed, replaced.
    served::make("late");
    by.in_sync("late");
    served::edit("a").write_and_sync(4 * MiB, MiB);
    by.in_sync("a");
    served::make("globs/y.img");
    by.in_sync("globs/y.img");
    std::filesystem::remove(served::at("b"));
    std::filesystem::remove(served::at("globs/x.img"));
    by.comes_to_have({"a", "c", "late", "y.img"});
    served::make("b");
    by.in_sync("b");
    served::make("new");
    std::filesystem::rename(served::at("new"), served::at("b"));
    by.in_sync("b");

    // Reloaded: one changes, one goes, one comes, the others are not touched.
    served::make("d");
    const auto before = served::groups();
    by.configure({{"a", ""}, {"b", "delete-on-exit = true\n"}, {"c", "interval = '100ms'\n"}, {"d", ""}});
    const int followed = by.daemon().times_logged("/a: following");
    by.reload();
    by.comes_to_have({"a", "b", "c", "d", "late", "y.img"});
    const auto after = served::groups();
    for (const auto& [name, group] : before) BOOST_TEST(after.at(name) == group, name);
    BOOST_TEST(by.daemon().times_logged("/a: following") == followed);
    served::edit("c").write_and_sync(4 * MiB, MiB);
    by.in_sync("c");

    // Refused whole.
    by.configure({{"a", "nonsense = 1\n"}});
    by.reload();
    BOOST_TEST(by.daemon().times_logged("service.toml:3:1: ") == 1, by.log());
    by.has_groups(after);

    // Killed and started again: the same groups.
    by.kill();
    by.configure({{"a", ""}, {"b", "delete-on-exit = true\n"}, {"c", ""}, {"d", ""}});
    served::edit("a").write_and_sync(8 * MiB, MiB);
    by.start();
    by.in_sync("a");
    by.has_groups(after);

    // Unmounted, which nothing holds up for longer than a look takes, and mounted again.
    const auto unmounts = [] { return run_program({"umount", shared_device().path()}).status == 0; };
    BOOST_TEST_REQUIRE(wait_until(unmounts, reaction_bound));
    BOOST_TEST(by.daemon().logs_within("/a: waited for: ", reaction_bound), by.log());
    served::mount();
    BOOST_TEST(wait_until([&] { return by.daemon().times_logged("/a: following") == 2; }, reaction_bound), by.log());
    served::edit("a").write_and_sync(12 * MiB, MiB);
    served::edit("globs/y.img").write_and_sync(4 * MiB, MiB);
    by.in_sync("a");
    by.in_sync("globs/y.img");
    by.has_groups(after);

    BOOST_TEST(by.daemon().stop().value_or(-1) == 0, by.log());
    BOOST_TEST(by.manager().comes("STOPPING=1"));
    by.comes_to_have({"a", "c", "d", "late", "y.img"});
}

BOOST_AUTO_TEST_CASE(settings_changed_offline_apply_at_start) {
    served by;
    for (const char* name : {"a", "b", "c", "d"}) served::make(name);
    by.configure({{"a", ""}, {"b", ""}, {"c", "precise = true\n"}, {"d", ""}});
    by.start();
    by.comes_to_have({"a", "b", "c", "d"});
    const auto before = served::groups();
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0, by.log());
    by.configure(
        {{"a", "alias = 'other'\n"}, {"b", "bounds = '1ms,10ms'\n"}, {"c", ""}, {"d", "program-id = 'mine'\n"}});
    by.start();
    by.comes_to_have({"b", "c", "d", "other"});
    BOOST_TEST(served::groups().at("other") == before.at("a"));
    BOOST_TEST(by.daemon().times_logged("group not as configured; recreated it") == 3, by.log());
    const std::string list = run_or_throw({"dmsetup", "message", shared_device().name(), "0", "@stats_list"});
    const auto times = [&list](const std::string& text) {
        std::size_t count = 0;
        for (auto at = list.find(text); at != list.npos; at = list.find(text, at + 1)) ++count;
        return count;
    };
    BOOST_TEST(times(" mine ") == 1U, list);
    BOOST_TEST(times(" histogram:1,10") == 1U, list);
    BOOST_TEST(times("precise_timestamps") == 0U, list);
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0, by.log());
}

BOOST_AUTO_TEST_CASE(reload_applies_delete_on_exit) {
    served by;
    served::make("a");
    by.configure({{"a", ""}});
    by.start();
    by.in_sync("a");
    by.configure({{"a", "delete-on-exit = true\ninterval = '1s'\n"}});
    by.reload();
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0, by.log());
    BOOST_TEST(served::groups().empty());
}

BOOST_AUTO_TEST_CASE(reload_recreates_deleted_group) {
    served by;
    served::make("a");
    by.configure({{"a", ""}});
    by.start();
    by.in_sync("a");
    run_or_throw({"dmstats", "delete", "--allregions", shared_device().name()});
    BOOST_TEST(by.daemon().logs_within("/a: ended: the group was removed by another program", reaction_bound),
               by.log());
    BOOST_TEST(served::groups().empty());
    by.reload();
    by.in_sync("a");
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(hard_links_share_one_group) {
    served by;
    served::make("globs/x.img");
    std::filesystem::create_hard_link(served::at("globs/x.img"), served::at("globs/y.img"));
    by.configure({});
    by.start();
    BOOST_TEST(served::groups().size() == 1U);
    BOOST_TEST(by.daemon().times_logged("cannot be followed: the same file as ") == 1, by.log());
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(runs_with_two_capabilities_and_watchdog) {
    served by;
    by.configure({});
    by.start({"WATCHDOG_USEC=100000"});
    for (int i = 0; i < 3; ++i) BOOST_TEST(by.manager().comes("WATCHDOG=1"));
    std::ifstream status("/proc/" + std::to_string(by.daemon().pid()) + "/status");
    std::map<std::string, std::string> sets;
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("Cap") || line.starts_with("NoNewPrivs"))
            sets[line.substr(0, line.find(':'))] = line.substr(line.find('\t') + 1);
    }
    const std::string kept = "0000000000200004", none = "0000000000000000";
    BOOST_TEST(sets.at("CapPrm") == kept);
    BOOST_TEST(sets.at("CapEff") == kept);
    BOOST_TEST(sets.at("CapBnd") == kept);
    BOOST_TEST(sets.at("CapInh") == none);
    BOOST_TEST(sets.at("CapAmb") == none);
    BOOST_TEST(sets.at("NoNewPrivs") == "1");
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
    BOOST_TEST(by.manager().comes("STOPPING=1"));
}

BOOST_AUTO_TEST_CASE(bad_configuration_fails_the_start) {
    served by;
    by.configure({{"a", "nonsense = 1\n"}});
    const program_result refused = run_program({daemon_executable(), "--config", served::configuration()});
    BOOST_TEST(refused.status == 1);
    BOOST_TEST(refused.err.find("service.toml:3:1: ") != std::string::npos, refused.err);
    BOOST_TEST(refused.out.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
