#include "dmfilemapd/service/service_controller.hpp"

#include "dmfilemapd/service/metrics_source.hpp"
#include "unit/filemap/service/file_set_fixture.hpp"

#include <memory>

using namespace dmfilemapd;
using filemap::file_state;

namespace {

using namespace std::chrono_literals;

struct target_fixture : filemap::test::file_set_fixture {
    service_controller& target() {
        if (target_) return *target_;
        auto& followed_files = the_set();
        auto& follower = the_service();
        const auto blocking = finders.get_executor();
        wanted = std::make_unique<file_selection>(io.get_executor(), blocking, followed_files);
        figures = std::make_unique<file_figures>(follower, followed_files);
        snapshots = std::make_unique<metrics::shared_snapshots>(*figures, 0ms);
        hunter = std::make_unique<hot_spot_scan>(follower, followed_files, blocking, log);
        target_ = std::make_unique<service_controller>(follower, blocking, followed_files, *wanted, *hunter, *snapshots,
                                                       "", [](control::completion) {});
        return *target_;
    }
    std::uint64_t refreshes_at(const std::string& name) {
        std::uint64_t refreshes = 0;
        the_set().with(at(name), [&](const filemap::file_info& file) {
            if (file.status) refreshes = file.status->refreshes;
        });
        return refreshes;
    }

    std::unique_ptr<file_selection> wanted;
    std::unique_ptr<file_figures> figures;
    std::unique_ptr<metrics::shared_snapshots> snapshots;
    std::unique_ptr<hot_spot_scan> hunter;
    std::unique_ptr<service_controller> target_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(control_target_suite, target_fixture)

BOOST_AUTO_TEST_CASE(resync_all_skips_removed_groups) {
    make("a");
    make("b");
    want({"a", "b"});
    BOOST_TEST(comes_to("a", file_state::following));
    BOOST_TEST(comes_to("b", file_state::following));
    BOOST_TEST(kernel.message(filemap::test::first_device, "@stats_delete " + std::to_string(group_of("a")->value()))
                   .has_value());
    use_control_node();
    BOOST_TEST(comes_to("a", file_state::ended));
    bool done = false;
    target().resync_all([&](const control::outcome& how) { done = !how; });
    BOOST_TEST(run_until([&] { return done; }));
    BOOST_TEST((state_of("a") == file_state::ended));
    target().resync(at("a"), [](const control::outcome&) {});
    BOOST_TEST(comes_to("a", file_state::following));
}

BOOST_AUTO_TEST_CASE(map_runs_off_device_strand) {
    make("a");
    the_set().apply({request("a", [](filemap::monitor_config& config) { config.tolerance = 1h; })});
    BOOST_TEST(comes_to("a", file_state::following));
    std::filesystem::remove(directory / "a");
    // Shares the flag, because a woken thread may read it after the test ends.
    const auto held = std::make_shared<std::atomic<bool>>(true);
    for (int threads = 0; threads < 3; ++threads) boost::asio::post(pool, [held] { held->wait(true); });
    std::vector<control::refused> refusals;
    for (int clients = 0; clients < 5; ++clients)
        target().map(at("a"), true, [&](const control::answer_text& answer) { refusals.push_back(answer.error()); });
    BOOST_TEST((refusals.size() == 1U && refusals.front().why == control::refused::cause::too_many));
    BOOST_TEST(run_until([&] { return refusals.size() == 5U; }));
    *held = false;
    held->notify_all();
    BOOST_TEST((refusals.back().why == control::refused::cause::conflict));
    BOOST_TEST(refusals.back().text.ends_with("the file that was followed is no longer there"));
}

BOOST_AUTO_TEST_CASE(resync_all_runs_once_a_second) {
    make("a");
    want({"a"});
    BOOST_TEST(comes_to("a", file_state::following));
    const auto begun = std::chrono::steady_clock::now();
    // Simulates four clients.
    int asked = 4, answers = 0;
    std::function<void()> ask = [&] {
        target().resync_all([&](const control::outcome&) {
            if (++answers >= 12) return;
            ++asked;
            boost::asio::post(io, ask);
        });
    };
    for (int client = asked; client > 0; --client) ask();
    BOOST_TEST(run_until([&] { return answers >= 12 && answers == asked; }));
    BOOST_TEST((std::chrono::steady_clock::now() - begun >= 2s));
    BOOST_TEST(refreshes_at("a") <= 10U);
}

BOOST_AUTO_TEST_SUITE_END()
