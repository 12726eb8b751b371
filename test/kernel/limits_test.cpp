// At each limit of the machine the daemon does what its man page says, and follows again when the limit is gone.

#include "kernel/follow_fixture.hpp"
#include "kernel/regions.hpp"
#include "support/logged_daemon.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/resource.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

/// Preallocates a file and punches out every second block.
void make_pieces(const std::string& path, std::uint64_t block, unsigned pieces) {
    file_editor(path).allocate(0, 0, 2 * pieces * block);
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    bool done = file >= 0;
    for (unsigned i = 0; done && i < pieces; ++i)
        done = ::fallocate(file, punch, static_cast<off_t>((2 * i + 1) * block), static_cast<off_t>(block)) == 0;
    ::close(file);
    BOOST_TEST_REQUIRE(done);
    file_editor(path).sync();
}

struct limit_fixture {
    ~limit_fixture() {
        if (::access(file.path().c_str(), F_OK) == 0) region_access(file.path()).remove_regions();
    }

    static void require_watching(const logged_daemon& daemon, int files = 1) {
        BOOST_TEST_REQUIRE(wait_until([&] { return daemon.times_logged(": watching") == files; }, reaction_bound),
                           daemon.log());
    }

    void one_mebibyte() const { file.edit().write_and_sync(0, MiB); }

    scratch_file file;
};

/// Smallest number of foreign sectors that @p regions regions must cover.
std::uint64_t min_bridged(const file_map& map, std::size_t regions) {
    std::vector<std::uint64_t> gaps;
    for (std::size_t i = 1; i < map.runs.size(); ++i) gaps.push_back(map.runs[i].start - map.runs[i - 1].end());
    std::ranges::sort(gaps);
    if (gaps.size() + 1 <= regions) return 0;
    return std::accumulate(gaps.begin(), gaps.end() - static_cast<std::ptrdiff_t>(regions - 1), std::uint64_t{0});
}

std::string bridging_notice(std::uint64_t sectors) {
    return "counting " + std::to_string(sectors) + " sectors outside the file";
}

void limit_open_files(pid_t process, rlim_t most) {
    const rlimit limit{most, 1024};
    BOOST_TEST_REQUIRE(::prlimit(process, RLIMIT_NOFILE, &limit, nullptr) == 0);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(limits, limit_fixture)

BOOST_AUTO_TEST_CASE(no_region_memory_completes_group_later) {
    one_mebibyte();
    logged_daemon daemon({file.path()});
    require_watching(daemon);
    foreign_regions others(file.path());
    others.take_all_memory();
    file.edit().write_and_sync(8 * MiB, 256 * KiB);
    BOOST_TEST_REQUIRE(daemon.logs_within("Cannot allocate memory; partly mapped, ", reaction_bound), daemon.log());
    const map_report partly = check_map(file.path());
    BOOST_TEST(!partly.in_sync(), "the limit is not reached: the test would prove nothing");
    BOOST_TEST(partly.regions.size() == 1U, partly.summary());
    file.edit().write_and_sync(9 * MiB, 256 * KiB);
    others.remove_all();
    require_sync(file.path(), "when there is memory again");
    BOOST_TEST(daemon.times_logged("Cannot allocate memory") <= 2, daemon.log());
    BOOST_TEST(daemon.stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(long_row_is_shortened_by_bridging) {
    make_pieces(file.path(), 4 * KiB, 1200);
    foreign_regions others(file.path());
    others.take_every_second_of(2400);
    logged_daemon daemon({"--max-regions", "0", file.path()});
    require_watching(daemon);
    map_report report;
    BOOST_TEST_REQUIRE(wait_until([&] { return covers(report = check_map(file.path())); }, reaction_bound),
                       report.summary());
    BOOST_TEST(report.group->row_length <= 4000U);
    BOOST_TEST(report.regions.size() < report.file.runs.size());
    BOOST_TEST(report.regions.size() > 400U, "shorter than need be");
    BOOST_TEST(daemon.logs_within(bridging_notice(bridged_sectors(report)), reaction_bound), daemon.log());
    BOOST_TEST(run_program({"dmstats", "list", "--group"}).out.find("file") != std::string::npos);
    BOOST_TEST(daemon.stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(region_limit_bridges_smallest_gaps) {
    file.edit().allocate(0, 0, 4 * MiB);
    for (std::uint64_t i = 1; i < 100; ++i) file.edit().allocate(punch, i * 32 * KiB, (i % 7 + 1) * 4 * KiB);
    file.edit().sync();
    logged_daemon daemon({"--max-regions", "10", file.path()});
    require_watching(daemon);
    const map_report report = check_map(file.path());
    BOOST_TEST(report.file.runs.size() >= 100U);
    BOOST_TEST(covers(report), report.summary());
    BOOST_TEST(report.regions.size() <= 10U);
    BOOST_TEST(bridged_sectors(report) == min_bridged(report.file, 10));
    BOOST_TEST(daemon.logs_within(bridging_notice(bridged_sectors(report)), reaction_bound), daemon.log());
    BOOST_TEST(daemon.stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(no_region_limit_follows_exactly) {
    make_pieces(file.path(), 4 * KiB, 3000);
    logged_daemon daemon({"--max-regions", "0", file.path()});
    require_sync(file.path(), "with 3000 pieces");
    BOOST_TEST(check_map(file.path()).regions.size() >= 3000U);
    file.edit().allocate(punch, 0, 8 * MiB);
    require_sync(file.path(), "after a punch through 1000 of them");
    BOOST_TEST(daemon.stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(hundred_thousand_extents_thousand_regions) {
    const scratch_device small_blocks("small_blocks", file_system_under_test(), 400, {"-b", "1024"});
    const std::string path = small_blocks.path() + "/file";
    make_pieces(path, KiB, 100'000);
    logged_daemon daemon({path});
    map_report report;
    const auto is_covered = [&] { return covers(report = check_map(path)) && report.regions.size() <= 1000; };
    BOOST_TEST_REQUIRE(wait_until(is_covered, reaction_bound), report.summary());
    BOOST_TEST(report.file.extents >= 100'000U);
    BOOST_TEST(report.regions.size() >= 500U);
    file_editor(path).allocate(punch, 0, 64 * MiB);
    BOOST_TEST_REQUIRE(
        wait_until([&] { return is_covered() && report.regions.front().run.start >= report.file.runs.front().start; },
                   reaction_bound));
    BOOST_TEST(daemon.stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(few_descriptors_start_or_report) {
    one_mebibyte();
    int watched = 0, wanting = 0;
    for (rlim_t most = 4; most <= 16; ++most) {
        logged_daemon daemon({file.path()}, [most] {
            const rlimit limit{most, most};
            ::setrlimit(RLIMIT_NOFILE, &limit);
        });
        const auto watches = [&] { return daemon.times_logged(": watching") > 0; };
        // Without watches the daemon continues, or reports the next missing resource.
        const auto says = [&] {
            return daemon.times_logged("Too many open files") >
                   daemon.times_logged(": inotify_init1: Too many open files");
        };
        BOOST_TEST_CONTEXT(most << " descriptors") {
            BOOST_TEST_REQUIRE(wait_until([&] { return watches() || says(); }, reaction_bound), daemon.log());
            (says() ? wanting : watched) += 1;
            const bool ends = says() && daemon.times_logged("will retry") == 0;
            const int status = (ends ? daemon.wait_for_end(reaction_bound) : daemon.stop()).value_or(-1);
            BOOST_TEST(status == (ends ? 1 : 0), status << ": " << daemon.log());
        }
    }
    BOOST_TEST(watched > 0);
    BOOST_TEST(wanting > 0);
}

BOOST_AUTO_TEST_CASE(no_descriptors_warns_once_and_retries) {
    for (const char* mode : {"inode", "path"}) {
        BOOST_TEST_CONTEXT("--follow " << mode) {
            one_mebibyte();
            logged_daemon daemon({"--follow", mode, file.path()});
            require_watching(daemon);
            limit_open_files(daemon.pid(), 3);
            file.edit().write_and_sync(8 * MiB, 256 * KiB);
            BOOST_TEST_REQUIRE(daemon.logs_within("Too many open files; will retry", reaction_bound), daemon.log());
            limit_open_files(daemon.pid(), 1024);
            require_sync(file.path(), "with descriptors again");
            BOOST_TEST(daemon.times_logged("Too many open files") == 1, daemon.log());
            BOOST_TEST(daemon.stop().value_or(-1) == 0);
            region_access(file.path()).remove_regions();
            file.edit().truncate(0);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace filemap::test
