#include "watch/path_watches.hpp"

#include "unit/filemap/watch/watch_fixture.hpp"

#include <filesystem>
#include <map>

namespace filemap::fs {
namespace {

struct fixture : test::watch_fixture {
    /// Plants watches until no directory on the way is new, as the class requires.
    void plant(path_watches::subscriber_id who, const std::string& name) {
        for (int i = 0; i < 3; ++i) {
            const path_way way = walk_path(directory / name);
            const auto planted = watches.plant(who, way.hops);
            BOOST_TEST_REQUIRE(planted.has_value());
            if (!*planted) return;
        }
        BOOST_TEST(false, "each walk of a quiet path is another");
    }

    int told_of(path_watches::subscriber_id who) {
        deliver();
        return std::exchange(told[who], 0);
    }

    void make_file(const std::string& name) { std::ofstream{directory / name} << "data"; }
    void make_directory(const std::string& name) { std::filesystem::create_directory(directory / name); }
    void rename(const std::string& from, const std::string& to) {
        std::filesystem::rename(directory / from, directory / to);
    }

    std::map<path_watches::subscriber_id, int> told;
    path_watches watches{*hub, [this](path_watches::subscriber_id who) { ++told[who]; }};
};

BOOST_FIXTURE_TEST_SUITE(path_watches_suite, fixture)

BOOST_AUTO_TEST_CASE(repeated_name_is_released_once) {
    make_directory("real");
    std::filesystem::create_symlink(directory / "real", directory / "link");
    plant(1, "link/absent");
    plant(2, "elsewhere");
    watches.remove(1);
    BOOST_TEST(told_of(1) == 0);
    make_file("elsewhere");
    BOOST_TEST(told_of(2) > 0);
    BOOST_TEST(told_of(1) == 0);
}

BOOST_AUTO_TEST_CASE(walk_ends_at_missing_part) {
    make_file("file");
    const path_way way = walk_path(directory / "file");
    BOOST_TEST(way.end.is_open());
    BOOST_TEST(way.hops.back().name == "file");
    BOOST_TEST(!walk_path(directory / "file/below").end.is_open());
    BOOST_TEST(!walk_path(directory / "absent/file").end.is_open());
    BOOST_TEST(walk_path(directory / "absent/file").hops.back().name == "absent");
    BOOST_TEST(walk_path("/").end.is_open());
}

BOOST_AUTO_TEST_CASE(walk_follows_links_until_loop) {
    make_directory("real");
    make_file("real/file");
    std::filesystem::create_symlink("real", directory / "relative");
    std::filesystem::create_symlink(directory / "real", directory / "absolute");
    std::filesystem::create_symlink("circle", directory / "circle");
    BOOST_TEST(walk_path(directory / "relative/file").end.is_open());
    BOOST_TEST(walk_path(directory / "absolute/../absolute/./file").end.is_open());
    BOOST_TEST(!walk_path(directory / "circle").end.is_open());
}

BOOST_AUTO_TEST_CASE(only_the_made_file_is_reported) {
    plant(1, "file");
    BOOST_TEST(told_of(1) == 0);
    make_file("neighbour");
    BOOST_TEST(told_of(1) == 0);
    make_file("file");
    BOOST_TEST(told_of(1) > 0);
}

BOOST_AUTO_TEST_CASE(directories_may_appear_one_by_one) {
    plant(1, "a/b/file");
    make_directory("a");
    BOOST_TEST(told_of(1) > 0);
    plant(1, "a/b/file");
    make_directory("a/b");
    BOOST_TEST(told_of(1) > 0);
    plant(1, "a/b/file");
    make_file("a/b/file");
    BOOST_TEST(told_of(1) > 0);
}

BOOST_AUTO_TEST_CASE(replaced_parent_is_reported) {
    make_directory("a");
    make_directory("a/b");
    make_directory("other");
    make_directory("other/b");
    make_file("other/b/file");
    plant(1, "a/b/file");
    rename("a", "former");
    rename("other", "a");
    BOOST_TEST(told_of(1) > 0);
}

BOOST_AUTO_TEST_CASE(link_and_target_are_watched) {
    make_directory("real");
    std::filesystem::create_symlink("real/file", directory / "link");
    plant(1, "link");
    make_file("real/file");
    BOOST_TEST(told_of(1) > 0);
    plant(1, "link");
    std::filesystem::remove(directory / "link");
    BOOST_TEST(told_of(1) > 0);
}

BOOST_AUTO_TEST_CASE(many_paths_share_one_watch) {
    plant(1, "file 1");
    const std::size_t directories = watches.directories();
    for (path_watches::subscriber_id who = 2; who <= 2000; ++who) plant(who, "file " + std::to_string(who));
    BOOST_TEST(watches.directories() == directories);
    make_file("file 1000");
    deliver();
    BOOST_TEST(told.size() == 1U);
    BOOST_TEST(told_of(1000) > 0);
    for (path_watches::subscriber_id who = 1; who <= 2000; ++who) watches.remove(who);
    BOOST_TEST(watches.directories() == 0U);
}

BOOST_AUTO_TEST_CASE(whoever_is_removed_is_told_nothing) {
    plant(1, "file");
    watches.remove(1);
    make_file("file");
    BOOST_TEST(told_of(1) == 0);
}

BOOST_AUTO_TEST_CASE(removed_directory_is_reported_and_returns) {
    make_directory("a");
    plant(1, "a/file");
    std::filesystem::remove(directory / "a");
    BOOST_TEST(told_of(1) > 0);
    plant(1, "a/file");
    make_directory("a");
    BOOST_TEST(told_of(1) > 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::fs
