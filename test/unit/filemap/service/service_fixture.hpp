#pragma once

#include <filemap/dm/group_descriptor.hpp>
#include <filemap/dm/simulated_kernel.hpp>
#include <filemap/fs/file_tracker.hpp>
#include <filemap/service.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>

namespace filemap::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

inline constexpr device_id first_device{253, 0}, second_device{253, 1};

inline sector_range range(std::uint64_t start, std::uint64_t length) {
    return {sectors{start}, sectors{length}};
}

/// A real file that is looked up and watched on the file system. Its extents are simulated.
class file_of_made_up_extents final : public fs::file_tracker {
public:
    explicit file_of_made_up_extents(std::unique_ptr<fs::file_tracker> real) : real_(std::move(real)) {}
    /// @param path Path of an existing file.
    file_of_made_up_extents(const std::string& path, fs::follow_mode mode)
        : file_of_made_up_extents(really_at(path, mode).value()) {}

    static result<std::unique_ptr<fs::file_tracker>> really_at(const std::string& path, fs::follow_mode mode) {
        const fs::descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        if (!file.is_open()) return last_system_failure(path);
        return fs::follow_file(path, mode, file.get());
    }

    const fs::file_identity& first() const noexcept override { return real_->first(); }

    result<fs::file_snapshot> find() override {
        auto seen = real_->find();
        std::function<void()> then;
        {
            const std::lock_guard lock(mutex_);
            then = std::exchange(after_find_, {});
        }
        if (then) then();
        return seen;
    }

    result<fs::extent_map> map(const fs::file_snapshot&, std::size_t) override {
        const std::lock_guard lock(mutex_);
        ++maps_;
        fs::extent_map map;
        map.ranges = ranges_;
        map.extents = ranges_.size();
        return map;
    }

    void lies_at(std::vector<sector_range> ranges) {
        const std::lock_guard lock(mutex_);
        ranges_ = std::move(ranges);
    }
    /// Calls @p then once, after the next lookup that finds the file.
    void after_next_find(std::function<void()> then) {
        const std::lock_guard lock(mutex_);
        after_find_ = std::move(then);
    }
    int maps() {
        const std::lock_guard lock(mutex_);
        return maps_;
    }

private:
    std::unique_ptr<fs::file_tracker> real_;
    std::mutex mutex_;
    std::vector<sector_range> ranges_;
    std::function<void()> after_find_;
    int maps_ = 0;
};

/// A simulated kernel in which another process may hold groups.
struct claimable_kernel final : dm::kernel {
    explicit claimable_kernel(dm::kernel& with) : kernel(with) {}

    result<std::string> message(device_id device, std::string_view text, std::size_t answer_size) override {
        return kernel.message(device, text, answer_size);
    }
    result<void> claim(device_id, group_id) override {
        if (is_claimed) return failure{errc::group_claimed, "group"};
        return {};
    }

    dm::kernel& kernel;
    std::atomic<bool> is_claimed = false;
};

/// A service with files in a temporary directory and devices of a simulated kernel.
struct service_fixture {
    service_fixture() {
        char pattern[] = "service_test.XXXXXX";
        directory = std::filesystem::absolute(::mkdtemp(pattern));
        control = directory / "control";
        std::ofstream{control};
        kernel.add_device(first_device, sectors{1 << 20});
        kernel.add_device(second_device, sectors{1 << 20});
        options.control_path = control;
        options.verify = 0ms;
    }
    service_fixture(const service_fixture&) = delete;
    service_fixture& operator=(const service_fixture&) = delete;
    ~service_fixture() {
        if (running) {
            service_->stop();
            run_until([this] { return !running; });
        }
        service_.reset();
        pool.join();
        std::filesystem::remove_all(directory);
    }

    service& the_service() {
        if (!service_) service_.emplace(io.get_executor(), pool.get_executor(), shared_kernel, log, options);
        return *service_;
    }

    struct followed {
        std::string path;
        file_of_made_up_extents* extents = nullptr;
        bool watching = false;
        std::optional<group_id> group;
        std::optional<monitor_end> end;
        std::optional<monitor> handle;
    };

    followed& follow(const std::string& name, std::vector<sector_range> ranges, device_id device = first_device,
                     fs::follow_mode mode = fs::follow_mode::path) {
        followed& file = *files.emplace_back(std::make_unique<followed>());
        file.path = directory / name;
        std::ofstream{file.path} << "data";
        auto access = std::make_unique<file_of_made_up_extents>(file.path, mode);
        file.extents = access.get();
        access->lies_at(std::move(ranges));
        monitor_config config = common_config;
        config.path = file.path;
        config.follow = mode;
        config.alias_part = "\"" + name + "\"";
        config.interval = 20ms;
        config.tolerance = 50ms;
        monitor_handlers handlers = common_handlers;
        handlers.watching = [&file](std::optional<group_id> group) {
            file.watching = true;
            file.group = group;
        };
        handlers.ended = [&file](const monitor_end& end) { file.end = end; };
        file.handle = the_service().add(std::move(config), device, std::move(access), std::move(handlers));
        return file;
    }

    void start() {
        running = true;
        the_service().async_run([this](std::exception_ptr thrown) {
            running = false;
            BOOST_TEST(!thrown);
        });
    }

    template <class Condition>
    bool run_until(Condition holds) {
        const auto limit = std::chrono::steady_clock::now() + 20s;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > limit) return false;
            io.restart();
            io.run_one_for(10ms);
        }
        return true;
    }

    std::ptrdiff_t times_logged(std::string_view text) const {
        return std::ranges::count_if(said, [&](const std::string& line) { return line.find(text) != line.npos; });
    }

    /// Returns the joined union of the regions of the only group on a device; empty if there is no group.
    std::vector<sector_range> covered(device_id device = first_device) {
        dm::statistics statistics(kernel, device);
        const auto list = statistics.list("dmstats");
        std::vector<sector_range> ranges;
        for (const dm::region_row& leader : list->rows()) {
            const auto group = dm::group_descriptor::parse(leader.aux);
            if (!group) continue;
            for (const dm::region_row& row : list->rows()) {
                if (group->contains(row.id)) ranges.push_back(row.range);
            }
        }
        return fs::join_ranges(std::move(ranges));
    }

    bool comes_to_cover(std::vector<sector_range> ranges, device_id device = first_device) {
        return run_until([&] { return covered(device) == ranges; });
    }

    static void write_to(const std::string& path) { std::ofstream(path, std::ios::app) << "more"; }

    std::filesystem::path directory, control;
    dm::simulated_kernel kernel;
    claimable_kernel shared_kernel{kernel};
    asio::io_context io;
    asio::thread_pool pool{3};
    std::vector<std::string> said;
    logger log{log_level::notice, [this](log_level, std::string_view line) { said.emplace_back(line); }};
    service_options options;
    /// Configuration of new files, except the options of `follow`.
    monitor_config common_config;
    monitor_handlers common_handlers;
    std::optional<service> service_;
    std::vector<std::unique_ptr<followed>> files;
    bool running = false;
};

}  // namespace filemap::test
