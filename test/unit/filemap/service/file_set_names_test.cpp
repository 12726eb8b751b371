// Tests with several names of one file, at the same time or one after the other.
#include "unit/filemap/service/file_set_fixture.hpp"

using namespace filemap;
using namespace filemap::test;

using names = std::multiset<std::string>;

BOOST_FIXTURE_TEST_SUITE(file_set_names_suite, file_set_fixture)

BOOST_AUTO_TEST_CASE(two_names_are_monitored_once) {
    make("a");
    std::filesystem::create_hard_link(directory / "a", directory / "b");
    the_set().apply({request("a", [](monitor_config& c) { c.follow = fs::follow_mode::inode; })});
    BOOST_TEST(comes_to("a", file_state::following));
    the_set().add(request("b"));
    BOOST_TEST(comes_to("b", file_state::failed));
    BOOST_TEST(reasons[at("b")] == "the same file as " + at("a"));
    BOOST_TEST(the_set().remove(at("a")));
    BOOST_TEST(comes_to("b", file_state::following));
}

BOOST_AUTO_TEST_CASE(path_monitor_releases_moved_file) {
    make("log");
    want({"log"});
    BOOST_TEST(comes_to("log", file_state::following));
    std::filesystem::rename(directory / "log", directory / "log.1");
    make("log");
    the_set().add(request("log.1"));
    BOOST_TEST(comes_to("log.1", file_state::following));
    BOOST_TEST((state_of("log") == file_state::following));
    std::filesystem::create_hard_link(directory / "log", directory / "second");
    the_set().add(request("second"));
    BOOST_TEST(comes_to("second", file_state::failed));
}

BOOST_AUTO_TEST_CASE(released_it_goes_with_its_monitor) {
    make("a");
    want({"a", "absent"});
    BOOST_TEST(run_until([&] { return settled == 1; }));
    the_set().release(at("absent"));
    BOOST_TEST(the_set().size() == 1U);
    the_set().release(at("a"));
    BOOST_TEST((state_of("a") == file_state::following));
    std::filesystem::remove(directory / "a");
    BOOST_TEST(run_until([&] { return the_set().size() == 0U; }));
    BOOST_TEST(groups().empty());
}

BOOST_AUTO_TEST_CASE(released_inode_moves_to_new_name) {
    make("a");
    const auto by_inode = [](monitor_config& c) { c.follow = fs::follow_mode::inode; };
    the_set().apply({request("a", by_inode)});
    BOOST_TEST(comes_to("a", file_state::following));
    std::filesystem::rename(directory / "a", directory / "b");
    the_set().release(at("a"));
    the_set().add(request("b", by_inode));
    BOOST_TEST(comes_to("b", file_state::following));
    BOOST_TEST(!state_of("a"));
    BOOST_TEST(groups().size() == 1U);
}

BOOST_AUTO_TEST_CASE(new_name_waits_for_old_release) {
    make("a");
    const auto by_inode = [](monitor_config& c) { c.follow = fs::follow_mode::inode; };
    the_set().apply({request("a", by_inode)});
    BOOST_TEST(comes_to("a", file_state::following));
    std::filesystem::rename(directory / "a", directory / "b");
    the_set().add(request("b", by_inode));
    BOOST_TEST(comes_to("b", file_state::failed));
    // Wait until the way of the path has been walked and is watched.
    for (int before = -1; before != finds;) {
        before = finds;
        const auto end = std::chrono::steady_clock::now() + 50ms;
        run_until([&] { return std::chrono::steady_clock::now() >= end; });
    }
    the_set().release(at("a"));
    BOOST_TEST(comes_to("b", file_state::following));
    BOOST_TEST(!state_of("a"));
    BOOST_TEST(groups().size() == 1U);
}

BOOST_AUTO_TEST_CASE(new_name_waits_for_leaving_one) {
    make("a");
    const auto by_inode = [](monitor_config& c) {
        c.follow = fs::follow_mode::inode;
        c.delete_on_exit = true;
    };
    the_set().apply({request("a", by_inode)});
    BOOST_TEST(comes_to("a", file_state::following));
    std::filesystem::rename(directory / "a", directory / "b");
    // Occupy the threads of the pool, so that the old monitor cannot end.
    std::atomic<bool> held = true;
    for (int threads = 0; threads < 3; ++threads) asio::post(pool, [&held] { held.wait(true); });
    const int before = finds;
    the_set().apply({request("b", by_inode)});
    BOOST_TEST(run_until([&] { return finds > before; }));
    for (int handlers = 0; handlers < 20; ++handlers) io.run_one_for(5ms);
    const auto meanwhile = state_of("b");
    held = false;
    held.notify_all();
    BOOST_TEST((meanwhile == file_state::starting));
    BOOST_TEST(comes_to("b", file_state::following));
    BOOST_TEST(times_logged("cannot be followed") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
