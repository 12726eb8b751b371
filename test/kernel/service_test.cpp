// The service: many files by a configuration, under a service manager that this test plays.

#include "common/logged_daemon.hpp"
#include "common/notify_listener.hpp"
#include "kernel/follow_fixture.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>

#include <signal.h>
#include <sys/stat.h>

namespace filemap::test {
namespace {

using names = std::multiset<std::string>;

class served {
public:
    served() {
        std::filesystem::create_directories(configuration_directory);
        ::chmod(configuration_directory, 0755);
        mount();
        std::filesystem::remove_all(directory());
        std::filesystem::create_directories(directory() + "/globs");
        listener_ = std::make_unique<notify_listener>(std::string(configuration_directory) + "/notify");
    }
    served(const served&) = delete;
    served& operator=(const served&) = delete;
    ~served() {
        daemon_.reset();
        delete_all_regions(shared_device().name());
        std::filesystem::remove_all(configuration_directory);
    }

    static std::string directory() { return shared_device().path() + "/service"; }
    static std::string at(const std::string& name) { return directory() + '/' + name; }
    static file_editor edit(const std::string& name) { return file_editor(at(name)); }
    static void make(const std::string& name) { edit(name).write_and_sync(0, MiB); }

    static void mount() {
        const std::string wanted = ' ' + shared_device().path() + ' ';
        std::ifstream mounts("/proc/self/mounts");
        for (std::string line; std::getline(mounts, line);) {
            if (line.find(wanted) != line.npos) return;
        }
        run_or_throw({"mount", shared_device().node(), shared_device().path()});
    }

    void configure(const std::map<std::string, std::string>& files, const std::string& more = {}) {
        std::ofstream out(configuration());
        for (const auto& [name, settings] : files) out << "[[file]]\npath = '" << at(name) << "'\n" << settings;
        out << "[[glob]]\npattern = '" << at("globs/*.img") << "'\n" << more;
    }
    static std::string configuration() { return std::string(configuration_directory) + "/service.toml"; }

    void start(const std::vector<std::string>& environment = {}) {
        daemon_ = std::make_unique<logged_daemon>(std::vector<std::string>{"--config", configuration()}, [&] {
            ::setenv("NOTIFY_SOCKET", listener_->name().c_str(), 1);
            for (const std::string& setting : environment) ::putenv(::strdup(setting.c_str()));
        });
        BOOST_TEST_REQUIRE(listener_->comes("READY=1"), log());
    }

    void reload() {
        daemon_->signal(SIGHUP);
        BOOST_TEST_REQUIRE(listener_->comes("RELOADING=1"), log());
        BOOST_TEST_REQUIRE(listener_->comes("MONOTONIC_USEC="), log());
        BOOST_TEST_REQUIRE(listener_->comes("READY=1"), log());
    }

    [[nodiscard]] logged_daemon& daemon() { return *daemon_; }
    [[nodiscard]] notify_listener& manager() { return *listener_; }
    [[nodiscard]] std::string log() const { return daemon_->log(); }
    void kill() {
        daemon_->signal(SIGKILL);
        BOOST_TEST(daemon_->wait_for_end(reaction_bound).value_or(-1) == 128 + SIGKILL);
    }

    /// By their names. Every region of the device must be in one of them.
    [[nodiscard]] static std::map<std::string, std::uint64_t> groups() {
        const auto regions = regions_of(shared_device().name());
        std::map<std::string, std::uint64_t> ids;
        std::size_t members = 0;
        for (const listed_group& group : groups_among(regions)) {
            BOOST_TEST(ids.emplace(group.alias, group.id).second, "two groups are called " << group.alias);
            members += group.members.size();
        }
        BOOST_TEST(members == regions.size());
        return ids;
    }
    [[nodiscard]] static names group_names() {
        names all;
        for (const listed_group& group : groups_among(regions_of(shared_device().name()))) all.insert(group.alias);
        return all;
    }
    void comes_to_have(const names& wanted) const {
        BOOST_TEST(wait_until([&] { return group_names() == wanted; }, reaction_bound), log());
        BOOST_TEST(groups().size() == wanted.size());
    }
    void in_sync(const std::string& name) const {
        const std::string alias = std::filesystem::path(name).filename();
        BOOST_TEST(wait_until(
                       [&] {
                           for (const listed_group& group : groups_among(regions_of(shared_device().name()))) {
                               if (group.alias == alias) return check_map(at(name), {.id = {}, .alias = alias}).in_sync();
                           }
                           return false;
                       },
                       reaction_bound),
                   name << ": " << log());
    }

private:
    static constexpr const char* configuration_directory = "/run/service_test";

    std::unique_ptr<notify_listener> listener_;
    std::unique_ptr<logged_daemon> daemon_;
};

BOOST_AUTO_TEST_SUITE(service)

BOOST_AUTO_TEST_CASE(states_are_right_at_every_step_and_nothing_leaks) {
    served by;
    for (const char* name : {"a", "b", "c", "globs/x.img"}) served::make(name);
    by.configure({{"a", ""}, {"b", ""}, {"c", ""}, {"late", ""}});
    by.start();
    by.comes_to_have({"a", "b", "c", "x.img"});
    for (const char* name : {"a", "b", "c", "globs/x.img"}) by.in_sync(name);
    BOOST_TEST(by.daemon().times_said("late: waited for: No such file or directory") == 1, by.log());

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
    const int followed = by.daemon().times_said("/a: following");
    by.reload();
    by.comes_to_have({"a", "b", "c", "d", "late", "y.img"});
    const auto after = served::groups();
    for (const auto& [name, group] : before) BOOST_TEST(after.at(name) == group, name);
    BOOST_TEST(by.daemon().times_said("/a: following") == followed);
    served::edit("c").write_and_sync(4 * MiB, MiB);
    by.in_sync("c");

    // Refused whole.
    by.configure({{"a", "nonsense = 1\n"}});
    by.reload();
    BOOST_TEST(by.daemon().times_said("service.toml:3:1: ") == 1, by.log());
    BOOST_TEST((served::groups() == after));

    // Killed and started again: the same groups.
    by.kill();
    by.configure({{"a", ""}, {"b", "delete-on-exit = true\n"}, {"c", ""}, {"d", ""}});
    served::edit("a").write_and_sync(8 * MiB, MiB);
    by.start();
    by.in_sync("a");
    BOOST_TEST((served::groups() == after));

    // Unmounted, which nothing holds up for longer than a look takes, and mounted again.
    const auto unmounts = [] { return run_program({"umount", shared_device().path()}).status == 0; };
    BOOST_TEST_REQUIRE(wait_until(unmounts, reaction_bound));
    BOOST_TEST(by.daemon().comes_to_say("/a: waited for: ", reaction_bound), by.log());
    served::mount();
    BOOST_TEST(wait_until([&] { return by.daemon().times_said("/a: following") == 2; }, reaction_bound), by.log());
    served::edit("a").write_and_sync(12 * MiB, MiB);
    served::edit("globs/y.img").write_and_sync(4 * MiB, MiB);
    by.in_sync("a");
    by.in_sync("globs/y.img");
    BOOST_TEST((served::groups() == after));

    BOOST_TEST(by.daemon().stop().value_or(-1) == 0, by.log());
    BOOST_TEST(by.manager().comes("STOPPING=1"));
    by.comes_to_have({"a", "c", "d", "late", "y.img"});
}

BOOST_AUTO_TEST_CASE(a_group_that_somebody_removed_is_made_again_at_a_reload) {
    served by;
    served::make("a");
    by.configure({{"a", ""}});
    by.start();
    by.in_sync("a");
    run_or_throw({"dmstats", "delete", "--allregions", shared_device().name()});
    BOOST_TEST(by.daemon().comes_to_say("/a: ended: the group was removed by another program", reaction_bound), by.log());
    BOOST_TEST(served::groups().empty());
    by.reload();
    by.in_sync("a");
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(a_file_under_two_names_has_one_group) {
    served by;
    served::make("globs/x.img");
    std::filesystem::create_hard_link(served::at("globs/x.img"), served::at("globs/y.img"));
    by.configure({});
    by.start();
    BOOST_TEST(served::groups().size() == 1U);
    BOOST_TEST(by.daemon().times_said("cannot be followed: the same file as ") == 1, by.log());
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(it_runs_with_two_capabilities_and_feeds_the_watchdog) {
    served by;
    by.configure({});
    by.start({"WATCHDOG_USEC=100000"});
    for (int i = 0; i < 3; ++i) BOOST_TEST(by.manager().comes("WATCHDOG=1"));
    std::ifstream status("/proc/" + std::to_string(by.daemon().pid()) + "/status");
    std::map<std::string, std::string> sets;
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("Cap") || line.starts_with("NoNewPrivs")) sets[line.substr(0, line.find(':'))] = line.substr(line.find('\t') + 1);
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

BOOST_AUTO_TEST_CASE(a_bad_configuration_at_the_start_is_an_error) {
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
