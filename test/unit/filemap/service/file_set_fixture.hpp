#pragma once

#include "unit/filemap/service/service_fixture.hpp"

#include <filemap/file_set.hpp>

#include <atomic>
#include <map>
#include <set>

namespace filemap::test {

/// A set of real files in a directory. Extents and devices are simulated, and depend on the names of the files.
struct file_set_fixture : service_fixture {
    file_set_fixture() { options.keep_running = true; }
    ~file_set_fixture() {
        let_finds_return();
        if (running) set_->stop();
        run_until([this] { return !running; });
        set_.reset();
        finders.join();
    }

    file_set& the_set() {
        if (set_) return *set_;
        file_set_handlers handlers;
        handlers.changed = [this](const file_info& file) { reasons[file.request.path] = file.reason; };
        handlers.removed = [this](const std::string& path) { removed.insert(path); };
        handlers.settled = [this] { ++settled; };
        set_options.find = [this](const std::string& path, fs::follow_mode mode) { return find(path, mode); };
        set_.emplace(the_service(), finders.get_executor(), log, std::move(handlers), set_options);
        start();
        return *set_;
    }

    /// Finds a file. Called on a thread that may block.
    result<fs::trackable_file> find(const std::string& path, fs::follow_mode mode) {
        ++finds;
        if (path.ends_with("hanging")) hanging.wait(true);
        auto real = file_of_made_up_extents::really_at(path, mode);
        if (!real) return real.error();
        if (path.ends_with("foreign")) return failure{errc::not_device_mapper, path};
        auto access = std::make_unique<file_of_made_up_extents>(std::move(*real));
        const std::uint64_t inode = access->first().inode;
        access->lies_at({range(8 * (inode % 100'000), 8)});
        return fs::trackable_file{first_device, std::move(access)};
    }
    void let_finds_return() {
        hanging = false;
        hanging.notify_all();
    }

    std::string at(const std::string& name) const { return directory / name; }
    void make(const std::string& name) { std::ofstream{directory / name} << "data"; }

    file_request request(const std::string& name, const std::function<void(monitor_config&)>& change = {}) {
        auto settings = std::make_shared<monitor_config>();
        settings->follow = fs::follow_mode::path;
        settings->interval = 20ms;
        settings->tolerance = 30ms;
        if (change) change(*settings);
        return {at(name), std::move(settings), "\"" + name + "\"", false};
    }

    static void as_somebody(monitor_config& config) { config.program_id = "somebody"; }
    static void precisely(monitor_config& config) { config.counting.precise_timestamps = true; }
    file_request renamed(const std::string& name, const std::string& alias) {
        file_request changed = request(name);
        changed.alias_part = '"' + alias + '"';
        return changed;
    }

    /// Simulates the end of the process and the start of the next one.
    void next_life() {
        the_set().stop();
        BOOST_TEST(run_until([&] { return !running; }));
        set_.reset();
        service_.reset();
    }

    void want(std::vector<std::string> names) {
        std::vector<file_request> requests;
        for (const std::string& name : names) requests.push_back(request(name));
        the_set().apply(std::move(requests));
    }

    std::optional<file_state> state_of(const std::string& name) {
        std::optional<file_state> state;
        set_->with(at(name), [&](const file_info& file) { state = file.state; });
        return state;
    }
    std::optional<group_id> group_of(const std::string& name) {
        std::optional<group_id> group;
        set_->with(at(name), [&](const file_info& file) { group = file.status ? file.status->group : std::nullopt; });
        return group;
    }
    bool comes_to(const std::string& name, file_state state) {
        return run_until([&] { return state_of(name) == state; });
    }
    /// Returns the names of all groups on the device.
    std::multiset<std::string> groups() {
        std::multiset<std::string> names;
        const auto list = dm::statistics(kernel, first_device).list("");
        for (const dm::region_row& row : list->rows()) {
            if (const auto group = dm::group_descriptor::parse(row.aux)) names.insert(group->alias_part);
        }
        return names;
    }
    std::uint64_t reads_of(const std::string& name) {
        dm::statistics statistics(kernel, first_device);
        return statistics.print(region_id{group_of(name).value().value()})->front().counted.reads;
    }
    /// Returns the program ids of all regions on the device.
    std::set<std::string> programs() {
        std::set<std::string> ids;
        const auto list = dm::statistics(kernel, first_device).list("");
        for (const dm::region_row& row : list->rows()) ids.emplace(row.program_id);
        return ids;
    }
    bool counts_precisely(std::string_view program) {
        const auto list = dm::statistics(kernel, first_device).list(program);
        return !list->rows().empty() &&
               std::ranges::all_of(list->rows(), [](const dm::region_row& row) { return row.precise_timestamps; });
    }
    void use_control_node() { std::ofstream{control} << "used"; }

    asio::thread_pool finders{8};
    file_set_options set_options;
    std::atomic<int> finds = 0;
    std::atomic<bool> hanging = true;
    std::optional<file_set> set_;
    std::map<std::string, std::string> reasons;
    std::set<std::string> removed;
    int settled = 0;
};

}  // namespace filemap::test
