#pragma once

#include "kernel/follow_fixture.hpp"
#include "support/logged_daemon.hpp"
#include "support/notify_listener.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/stat.h>

namespace filemap::test {

using names = std::multiset<std::string>;

/// A service with its configuration, a service manager, and a directory of files on the shared device.
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

    /// Groups by name. Every region of the device must be in a group.
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
    void has_groups(const std::map<std::string, std::uint64_t>& wanted) const {
        std::string text;
        for (const auto& [alias, id] : groups()) text += alias + ' ' + std::to_string(id) + ", ";
        std::string expected;
        for (const auto& [alias, id] : wanted) expected += alias + ' ' + std::to_string(id) + ", ";
        BOOST_TEST(text == expected, text << "not " << expected << log());
    }
    void in_sync(const std::string& name) const {
        const std::string alias = std::filesystem::path(name).filename();
        BOOST_TEST(wait_until(
                       [&] {
                           for (const listed_group& group : groups_among(regions_of(shared_device().name()))) {
                               if (group.alias == alias)
                                   return check_map(at(name), {.id = {}, .alias = alias}).in_sync();
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

}  // namespace filemap::test
