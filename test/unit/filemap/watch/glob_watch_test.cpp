#include "unit/filemap/watch/watch_fixture.hpp"
#include "watch/glob_pattern.hpp"
#include "watch/watch_hub.hpp"

#include <filemap/fs/glob_watch.hpp>

#include <boost/asio/thread_pool.hpp>

#include <filesystem>
#include <optional>
#include <set>

namespace filemap::fs {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct fixture : test::watch_fixture {
    ~fixture() {
        glob.reset();
        hub->close();
        deliver();
        pool.join();
        deliver();
    }

    void watch(glob_spec spec, glob_limits limits = {}) {
        spec.pattern = directory / spec.pattern;
        glob_handlers handlers;
        handlers.found = [this](const std::string& path) { BOOST_TEST(found.insert(relative(path)).second); };
        handlers.gone = [this](const std::string& path) { BOOST_TEST(found.erase(relative(path)) == 1U); };
        logger log(log_level::warning, [this](log_level, std::string_view line) { said.emplace_back(line); });
        glob.emplace(io.get_executor(), pool.get_executor(), use_hub ? hub.get() : nullptr,
                     std::move(spec), std::move(handlers), log, limits);
        BOOST_TEST_REQUIRE(run_until([this] { return glob->ready(); }));
    }

    bool comes_to_match(std::set<std::string> names) {
        return run_until([&] { return found == names; });
    }

    std::string relative(const std::string& path) const { return path.substr(directory.path().size() + 1); }
    void make_file(const std::string& name) { std::ofstream{directory / name} << "data"; }
    void make_directories(const std::string& name) { std::filesystem::create_directories(directory / name); }
    void remove(const std::string& name) { std::filesystem::remove_all(directory / name); }
    void rename(const std::string& from, const std::string& to) {
        std::filesystem::rename(directory / from, directory / to);
    }

    asio::thread_pool pool{1};
    bool use_hub = true;
    std::set<std::string> found;
    std::vector<std::string> said;
    std::optional<glob_watch> glob;
};

using names = std::set<std::string>;

BOOST_FIXTURE_TEST_SUITE(glob_suite, fixture)

BOOST_AUTO_TEST_CASE(pattern_matches_below_base) {
    const glob_pattern plain({"/srv/images/*.img", false, {}});
    BOOST_TEST(plain.base() == "/srv/images");
    BOOST_TEST(plain.matches(0, "/srv/images", "a.img"));
    BOOST_TEST(!plain.matches(0, "/srv/images", ".a.img"));
    BOOST_TEST(!plain.matches(0, "/srv/images", "a.raw"));
    BOOST_TEST(!plain.enters(0, "/srv/images", "a.img"));

    const glob_pattern deep({"/srv/*/disk?/x.img", false, {}});
    BOOST_TEST(deep.base() == "/srv");
    BOOST_TEST(deep.enters(0, "/srv", "vm"));
    BOOST_TEST(!deep.enters(1, "/srv/vm", "other"));
    BOOST_TEST(deep.enters(1, "/srv/vm", "disk1"));
    BOOST_TEST(!deep.enters(2, "/srv/vm/disk1", "below"));
    BOOST_TEST(deep.matches(2, "/srv/vm/disk1", "x.img"));
    BOOST_TEST(!deep.matches(1, "/srv/vm", "x.img"));

    BOOST_TEST(glob_pattern({"/x", false, {}}).base() == "/");
    BOOST_TEST(glob_pattern({"/x", false, {}}).matches(0, "/", "x"));
    BOOST_TEST(glob_pattern({"/a/b\\*c", false, {}}).matches(0, "/a", "b*c"));
}

BOOST_AUTO_TEST_CASE(recursion_and_exclusions_combine) {
    const glob_pattern pattern({"/srv/*.img", true, {"tmp*", "/srv/vm/old-*"}});
    BOOST_TEST(pattern.matches(0, "/srv", "a.img"));
    BOOST_TEST(pattern.matches(3, "/srv/a/b/c", "a.img"));
    BOOST_TEST(pattern.enters(3, "/srv/a/b/c", "d"));
    BOOST_TEST(!pattern.enters(0, "/srv", ".hidden"));
    BOOST_TEST(!pattern.enters(0, "/srv", "tmp1"));
    BOOST_TEST(!pattern.matches(0, "/srv", "tmp.img"));
    BOOST_TEST(!pattern.matches(1, "/srv/vm", "old-1.img"));
    BOOST_TEST(pattern.matches(1, "/srv/other", "old-1.img"));
}

BOOST_AUTO_TEST_CASE(files_appear_and_disappear) {
    make_file("a.img");
    make_file("b.raw");
    make_directories("c.img");
    std::filesystem::create_symlink("b.raw", directory / "link.img");
    watch({"*.img", false, {}});
    BOOST_TEST(comes_to_match({"a.img"}));
    make_file("new.img");
    BOOST_TEST(comes_to_match({"a.img", "new.img"}));
    rename("b.raw", "b.img");
    BOOST_TEST(comes_to_match({"a.img", "b.img", "new.img"}));
    rename("a.img", "a.old");
    remove("new.img");
    BOOST_TEST(comes_to_match({"b.img"}));
    BOOST_TEST(glob->contains(directory / "b.img"));
    BOOST_TEST(!glob->contains(directory / "a.img"));
    names listed;
    glob->for_each([&](const std::string& path) { listed.insert(relative(path)); });
    BOOST_TEST((listed == names{"b.img"}));
}

BOOST_AUTO_TEST_CASE(wildcard_directories_appear_and_disappear) {
    make_directories("vm1/disks");
    make_file("vm1/disks/a.img");
    watch({"vm*/disks/*.img", false, {}});
    BOOST_TEST(comes_to_match({"vm1/disks/a.img"}));
    make_directories("other/disks");
    make_file("other/disks/b.img");
    rename("other", "vm2");
    BOOST_TEST(comes_to_match({"vm1/disks/a.img", "vm2/disks/b.img"}));
    make_directories("vm3");
    make_directories("vm3/disks");
    make_file("vm3/disks/c.img");
    BOOST_TEST(comes_to_match({"vm1/disks/a.img", "vm2/disks/b.img", "vm3/disks/c.img"}));
    remove("vm1");
    rename("vm2", "away");
    BOOST_TEST(comes_to_match({"vm3/disks/c.img"}));
}

BOOST_AUTO_TEST_CASE(recursive_globs_enter_new_trees) {
    make_directories("a/b");
    make_file("a/b/one.img");
    watch({"*.img", true, {"skipped"}});
    BOOST_TEST(comes_to_match({"a/b/one.img"}));
    make_directories("c/d/e");
    make_file("c/d/e/two.img");
    make_directories("skipped");
    make_file("skipped/no.img");
    make_file("three.img");
    BOOST_TEST(comes_to_match({"a/b/one.img", "c/d/e/two.img", "three.img"}));
    rename("c/d", "c/f");
    BOOST_TEST(comes_to_match({"a/b/one.img", "c/f/e/two.img", "three.img"}));
}

BOOST_AUTO_TEST_CASE(missing_base_is_waited_for) {
    watch({"later/on/*.img", false, {}});
    BOOST_TEST(found.empty());
    make_directories("later");
    make_directories("later/on");
    make_file("later/on/a.img");
    BOOST_TEST(comes_to_match({"later/on/a.img"}));
    remove("later");
    BOOST_TEST(comes_to_match({}));
    make_directories("made/on");
    make_file("made/on/b.img");
    rename("made", "later");
    BOOST_TEST(comes_to_match({"later/on/b.img"}));
}

BOOST_AUTO_TEST_CASE(limits_are_reported_once) {
    for (int i = 0; i < 5; ++i) make_file(std::to_string(i) + ".img");
    watch({"*.img", false, {}}, {.directories = 10, .files = 3});
    BOOST_TEST(found.size() == 3U);
    BOOST_TEST(said.size() == 1U);
    make_file("more.img");
    make_directories("x");
    make_file("last.img");
    deliver();
    BOOST_TEST(said.size() == 1U);
}

BOOST_AUTO_TEST_CASE(unwatched_glob_is_polled) {
    use_hub = false;
    make_file("a.img");
    watch({"*.img", false, {}}, {.unwatched = 20ms});
    BOOST_TEST(comes_to_match({"a.img"}));
    make_file("b.img");
    remove("a.img");
    BOOST_TEST(comes_to_match({"b.img"}));
}

BOOST_AUTO_TEST_CASE(destruction_silences_reports) {
    for (int i = 0; i < 30; ++i) make_directories("d" + std::to_string(i));
    for (int handlers = 0; handlers < 60; ++handlers) {
        bool destroyed = false;
        glob_handlers told;
        told.found = [&destroyed](const std::string&) { BOOST_TEST(!destroyed); };
        std::optional<glob_watch> short_lived;
        short_lived.emplace(io.get_executor(), pool.get_executor(), hub.get(),
                            glob_spec({directory / "*/*.img", false, {}}), std::move(told), logger{});
        for (int i = 0; i < handlers; ++i) io.run_one_for(1ms);
        short_lived.reset();
        destroyed = true;
        make_file("d1/" + std::to_string(handlers) + ".img");
        deliver();
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::fs
