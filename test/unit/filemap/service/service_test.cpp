#include "service/watches.hpp"
#include "unit/filemap/service/service_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <new>
#include <thread>

#include <sys/inotify.h>

using namespace filemap;
using namespace filemap::test;

namespace {

/// Tracker that reports itself as held open between calls, and records which thread has closed it.
class held_file final : public fs::file_tracker {
public:
    held_file(std::unique_ptr<fs::file_tracker> file, std::thread::id& closed_by)
        : file_(std::move(file)), closed_by_(closed_by) {}
    held_file(const held_file&) = delete;
    held_file& operator=(const held_file&) = delete;
    ~held_file() override { closed_by_ = std::this_thread::get_id(); }

    const fs::file_identity& first() const noexcept override { return file_->first(); }
    result<fs::file_snapshot> find() override {
        auto found = file_->find();
        if (found) found->pinned = true;
        return found;
    }
    result<fs::extent_map> map(const fs::file_snapshot& at, std::size_t expected) override {
        return file_->map(at, expected);
    }

private:
    std::unique_ptr<fs::file_tracker> file_;
    std::thread::id& closed_by_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(service_suite, service_fixture)

BOOST_AUTO_TEST_CASE(new_group_is_reported) {
    auto& file = follow("disk", {range(100, 8), range(200, 16)});
    start();
    BOOST_TEST(run_until([&] { return file.watching; }));
    BOOST_TEST((file.group == group_id{0}));
    BOOST_TEST(comes_to_cover({range(100, 8), range(200, 16)}));
}

BOOST_AUTO_TEST_CASE(a_write_leads_to_a_refresh) {
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(comes_to_cover({range(100, 8)}));
    file.extents->lies_at({range(100, 24)});
    write_to(file.path);
    BOOST_TEST(comes_to_cover({range(100, 24)}));
    file.extents->lies_at({range(100, 32)});
    write_to(file.path);
    BOOST_TEST(comes_to_cover({range(100, 32)}));
}

BOOST_AUTO_TEST_CASE(overwrite_is_mapped_when_quiet) {
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(comes_to_cover({range(100, 8)}));
    file.extents->lies_at({range(500, 8)});
    std::fstream(file.path, std::ios::in | std::ios::out) << "DATA";
    BOOST_TEST(comes_to_cover({range(500, 8)}));
}

BOOST_AUTO_TEST_CASE(throwing_subscriber_causes_polling) {
    followed& file = follow("a", {range(0, 8)});
    const auto told =
        watches_of(the_service())->watch_state(directory.c_str(), IN_CREATE, [](std::uint32_t, std::string_view) {
            throw std::bad_alloc();
        });
    BOOST_TEST(told.has_value());
    start();
    BOOST_TEST(run_until([&] { return file.watching; }));
    std::ofstream{directory / "other"};
    BOOST_TEST(run_until([&] { return times_logged("cannot use inotify (std::bad_alloc") == 1; }));
    file.extents->lies_at({range(0, 16)});
    write_to(file.path);
    BOOST_TEST(comes_to_cover({range(0, 16)}));
    BOOST_TEST(!told->active());
}

BOOST_AUTO_TEST_CASE(without_events_nothing_is_mapped) {
    auto& quiet = follow("quiet", {range(100, 8)});
    auto& busy = follow("busy", {range(1000, 8)}, second_device);
    start();
    BOOST_TEST(run_until([&] { return quiet.watching && busy.watching; }));
    const int maps = quiet.extents->maps();
    busy.extents->lies_at({range(1000, 16)});
    write_to(busy.path);
    BOOST_TEST(comes_to_cover({range(1000, 16)}, second_device));
    BOOST_TEST(quiet.extents->maps() == maps);
}

BOOST_AUTO_TEST_CASE(open_file_closes_off_loop) {
    const std::string path = directory / "held";
    std::ofstream{path} << "data";
    auto made_up = std::make_unique<file_of_made_up_extents>(path, fs::follow_mode::inode);
    made_up->lies_at({range(100, 8)});
    monitor_config config;
    config.path = path;
    config.alias_part = "\"held\"";
    config.interval = 20ms;
    std::thread::id closed_by, closed_by_at_end;
    bool watching = false;
    std::optional<end_reason> end;
    monitor_handlers handlers;
    handlers.watching = [&](std::optional<group_id>) { watching = true; };
    handlers.ended = [&](const monitor_end& how) {
        end = how.reason;
        closed_by_at_end = closed_by;
    };
    the_service().add(std::move(config), first_device, std::make_unique<held_file>(std::move(made_up), closed_by),
                      std::move(handlers));
    start();
    BOOST_TEST(run_until([&] { return watching; }));
    std::filesystem::remove(path);
    BOOST_TEST(run_until([&] { return !running; }));
    BOOST_REQUIRE(end.has_value());
    BOOST_TEST((*end == end_reason::file_dead));
    BOOST_TEST((closed_by_at_end != std::thread::id{}));
    BOOST_TEST((closed_by_at_end != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(verify_finds_what_has_no_event) {
    options.verify = 50ms;
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(comes_to_cover({range(100, 8)}));
    file.extents->lies_at({range(300, 8)});
    BOOST_TEST(comes_to_cover({range(300, 8)}));
}

BOOST_AUTO_TEST_CASE(idle_is_reported_once) {
    int rests = 0;
    options.on_idle = [&] { ++rests; };
    options.idle_timeout = 30ms;
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(run_until([&] { return file.watching && rests == 1; }));
    asio::steady_timer later(io, 200ms);
    bool waited = false;
    later.async_wait([&](error_code) { waited = true; });
    BOOST_TEST(run_until([&] { return waited; }));
    BOOST_TEST(rests == 1);
    write_to(file.path);
    BOOST_TEST(run_until([&] { return rests == 2; }));
}

BOOST_AUTO_TEST_CASE(path_mode_follows_replacement) {
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(comes_to_cover({range(100, 8)}));
    std::ofstream{directory / "new"} << "new";
    file.extents->lies_at({range(700, 8)});
    std::filesystem::rename(directory / "new", file.path);
    BOOST_TEST(comes_to_cover({range(700, 8)}));
    file.extents->lies_at({range(700, 16)});
    write_to(file.path);
    BOOST_TEST(comes_to_cover({range(700, 16)}));
}

BOOST_AUTO_TEST_CASE(empty_path_ends_with_regions) {
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(comes_to_cover({range(100, 8)}));
    std::filesystem::remove(file.path);
    BOOST_TEST(run_until([&] { return !running; }));
    BOOST_REQUIRE(file.end);
    BOOST_TEST((file.end->reason == end_reason::path_gone));
    BOOST_TEST(kernel.message(first_device, "@stats_list").value().empty());
}

BOOST_AUTO_TEST_CASE(dead_file_ends_with_regions) {
    auto& file = follow("disk", {range(100, 8)}, first_device, fs::follow_mode::inode);
    start();
    BOOST_TEST(comes_to_cover({range(100, 8)}));
    std::filesystem::rename(file.path, directory / "renamed");
    fs::descriptor holder{::open((directory / "renamed").c_str(), O_RDWR | O_CLOEXEC)};
    std::filesystem::remove(directory / "renamed");
    file.extents->lies_at({range(100, 8), range(900, 8)});
    BOOST_TEST(::ftruncate(holder.get(), 123456) == 0);
    BOOST_TEST(comes_to_cover({range(100, 8), range(900, 8)}));
    BOOST_TEST(!file.end);
    holder.close();
    BOOST_TEST(run_until([&] { return !running; }));
    BOOST_REQUIRE(file.end);
    BOOST_TEST((file.end->reason == end_reason::file_dead));
    BOOST_TEST(kernel.message(first_device, "@stats_list").value().empty());
}

BOOST_AUTO_TEST_CASE(removed_group_ends_by_event) {
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(run_until([&] { return file.watching; }));
    BOOST_TEST(kernel.message(first_device, "@stats_delete 0").has_value());
    std::ofstream{control} << "used";
    BOOST_TEST(run_until([&] { return !running; }));
    BOOST_REQUIRE(file.end);
    BOOST_TEST((file.end->reason == end_reason::group_removed));
}

BOOST_AUTO_TEST_CASE(concurrent_monitors_share_one_list) {
    constexpr int count = 20;
    for (int i = 0; i < count; ++i) follow("disk" + std::to_string(i), {range(1000u * i, 8)});
    start();
    BOOST_TEST(run_until([&] { return std::ranges::all_of(files, [](const auto& f) { return f->watching; }); }));
    std::atomic<int> lists = 0;
    kernel.before_each_message([&lists](std::uint64_t, device_id, std::string_view text) {
        lists += text.starts_with("@stats_list");
        return error_code();
    });
    std::vector<std::uint64_t> refreshes;
    for (const auto& f : files) refreshes.push_back(f->handle->status().refreshes);
    std::ofstream{control} << "used";
    BOOST_TEST(run_until([&] {
        for (std::size_t i = 0; i < files.size(); ++i) {
            if (files[i]->handle->status().refreshes == refreshes[i]) return false;
        }
        return true;
    }));
    BOOST_TEST(lists == 1);
}

BOOST_AUTO_TEST_CASE(slow_lists_are_shared) {
    constexpr int count = 40;
    for (int i = 0; i < count; ++i) follow("disk" + std::to_string(i), {range(1000u * i, 8)});
    std::atomic<int> lists = 0;
    kernel.before_each_message([&lists](std::uint64_t, device_id, std::string_view text) {
        if (text.starts_with("@stats_list")) {
            ++lists;
            std::this_thread::sleep_for(20ms);
        }
        return error_code();
    });
    start();
    BOOST_TEST(run_until([&] { return std::ranges::all_of(files, [](const auto& f) { return f->watching; }); }));
    BOOST_TEST(covered().size() == static_cast<std::size_t>(count));
    BOOST_TEST(lists < count / 2);
}

BOOST_AUTO_TEST_CASE(open_descriptors_are_bounded) {
    constexpr int count = 100;
    for (int i = 0; i < count; ++i) follow("disk" + std::to_string(i), {range(1000u * i, 8)});
    std::atomic<std::ptrdiff_t> most = 0;
    kernel.before_each_message([&most](std::uint64_t, device_id, std::string_view) {
        const std::filesystem::directory_iterator open_ones("/proc/self/fd");
        most = std::max(most.load(), std::distance(begin(open_ones), end(open_ones)));
        return error_code();
    });
    const std::filesystem::directory_iterator before("/proc/self/fd");
    const std::ptrdiff_t at_first = std::distance(begin(before), end(before));
    start();
    BOOST_TEST(run_until([&] { return std::ranges::all_of(files, [](const auto& f) { return f->watching; }); }));
    BOOST_TEST(most - at_first < count / 2);
}

BOOST_AUTO_TEST_CASE(shared_list_shows_removed_group) {
    auto& kept = follow("kept", {range(100, 8)});
    auto& removed = follow("removed", {range(200, 8)});
    start();
    BOOST_TEST(run_until([&] { return kept.watching && removed.watching; }));
    BOOST_TEST(kernel.message(first_device, "@stats_delete " + std::to_string(removed.group->value())).has_value());
    std::ofstream{control} << "used";
    BOOST_TEST(run_until([&] { return removed.end.has_value(); }));
    BOOST_TEST((removed.end->reason == end_reason::group_removed));
    BOOST_TEST(!kept.end);
}

BOOST_AUTO_TEST_CASE(a_removed_device_ends_the_monitor) {
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(run_until([&] { return file.watching; }));
    kernel.remove_device(first_device);
    std::ofstream{control} << "used";
    BOOST_TEST(run_until([&] { return !running; }));
    BOOST_REQUIRE(file.end);
    BOOST_TEST((file.end->reason == end_reason::device_gone));
}

BOOST_AUTO_TEST_CASE(ended_monitor_leaves_others) {
    auto& mortal = follow("mortal", {range(100, 8)});
    auto& other = follow("other", {range(500, 8)}, second_device);
    start();
    BOOST_TEST(run_until([&] { return mortal.watching && other.watching; }));
    std::filesystem::remove(mortal.path);
    BOOST_TEST(run_until([&] { return mortal.end.has_value(); }));
    BOOST_TEST(!other.end);
    other.extents->lies_at({range(500, 16)});
    write_to(other.path);
    BOOST_TEST(comes_to_cover({range(500, 16)}, second_device));
}

BOOST_AUTO_TEST_CASE(stop_leaves_the_group) {
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(run_until([&] { return file.watching; }));
    the_service().stop();
    BOOST_TEST(run_until([&] { return !running; }));
    BOOST_REQUIRE(file.end);
    BOOST_TEST((file.end->reason == end_reason::stopped));
    BOOST_TEST((covered() == std::vector{range(100, 8)}));
}

BOOST_AUTO_TEST_CASE(any_cancellation_stops_run) {
    using asio::cancellation_type;
    for (const auto type : {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total}) {
        auto& file = follow("disk", {range(100, 8)});
        asio::cancellation_signal signal;
        running = true;
        the_service().async_run(
            asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr) { running = false; }));
        BOOST_TEST(run_until([&] { return file.watching; }));
        signal.emit(type);
        BOOST_TEST(run_until([&] { return !running; }));
        BOOST_REQUIRE(file.end);
        BOOST_TEST((file.end->reason == end_reason::stopped));
        BOOST_TEST((covered() == std::vector{range(100, 8)}));
        service_.reset();
    }
}

BOOST_AUTO_TEST_CASE(restart_adopts_group) {
    auto& first = follow("disk", {range(100, 8), range(200, 8)});
    start();
    BOOST_TEST(run_until([&] { return first.watching; }));
    the_service().stop();
    BOOST_TEST(run_until([&] { return !running; }));
    service_.reset();

    kernel.complete_io(first_device, dm::io_direction::read, range(100, 8));
    auto& second = follow("disk", {range(100, 8), range(300, 8)});
    start();
    BOOST_TEST(comes_to_cover({range(100, 8), range(300, 8)}));
    BOOST_TEST(run_until([&] { return second.watching; }));
    BOOST_TEST((second.group == first.group));
    dm::statistics statistics(kernel, first_device);
    BOOST_TEST(statistics.print(region_id{0})->front().counted.reads == 1u);
}

BOOST_AUTO_TEST_CASE(transient_failure_is_retried) {
    kernel.before_each_message([](std::uint64_t ordinal, device_id, std::string_view text) {
        const bool fails = ordinal < 6 && text.starts_with("@stats_create");
        return fails ? make_error_code(boost::system::errc::not_enough_memory) : error_code{};
    });
    follow("disk", {range(100, 8), range(200, 8)});
    start();
    BOOST_TEST(comes_to_cover({range(100, 8), range(200, 8)}));
}

BOOST_AUTO_TEST_CASE(missing_permission_ends_with_reason) {
    kernel.before_each_message([](std::uint64_t, device_id, std::string_view) {
        return make_error_code(boost::system::errc::permission_denied);
    });
    auto& file = follow("disk", {range(100, 8)});
    start();
    BOOST_TEST(run_until([&] { return !running; }));
    BOOST_REQUIRE(file.end);
    BOOST_TEST((file.end->reason == end_reason::failed));
    BOOST_TEST(file.end->text.find("@stats_list on 253:0") != std::string::npos);
    BOOST_TEST(!file.watching);
}

BOOST_AUTO_TEST_CASE(destruction_leaves_nothing_running) {
    for (int handlers = 0; handlers < 40; ++handlers) {
        asio::thread_pool threads{2};
        {
            asio::io_context context;
            service short_lived(context.get_executor(), threads.get_executor(), kernel, logger{}, options);
            const std::string path = directory / "disk";
            std::ofstream{path} << "data";
            auto access = std::make_unique<file_of_made_up_extents>(path, fs::follow_mode::path);
            access->lies_at({range(100, 8)});
            monitor_config config;
            config.path = path;
            config.follow = fs::follow_mode::path;
            short_lived.add(config, first_device, std::move(access));
            short_lived.async_run([](std::exception_ptr) {});
            for (int i = 0; i < handlers; ++i) context.run_one_for(5ms);
            threads.join();
        }
    }
    BOOST_TEST((covered() == std::vector{range(100, 8)}));
}

BOOST_AUTO_TEST_SUITE_END()
