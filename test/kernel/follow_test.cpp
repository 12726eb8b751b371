// After each kind of change the group of a followed file is what the file occupies, however the daemon was started.

#include "kernel/follow_fixture.hpp"

#include <cstdlib>
#include <random>
#include <vector>

#include <linux/falloc.h>

namespace filemap::test {
namespace {

struct change {
    const char* name;
    std::function<void(const file_editor&)> prepare;
    std::function<void(const file_editor&)> apply;
    /// The file occupies other sectors afterwards, on every file system. Where not, a further change has to be followed
    /// too.
    bool moves = true;
};

void one_mebibyte(const file_editor& file) {
    file.write_and_sync(0, MiB);
}

auto allocating(int mode, std::uint64_t offset, std::uint64_t length) {
    return [=](const file_editor& file) { file.allocate(mode, offset, length); };
}

auto writing(std::uint64_t offset, std::uint64_t length) {
    return [=](const file_editor& file) { file.write_and_sync(offset, length); };
}

auto truncating(std::uint64_t size) {
    return [=](const file_editor& file) { file.truncate(size); };
}

const std::vector<change>& changes() {
    constexpr int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    static const std::vector<change> all{
        {"append", one_mebibyte, writing(MiB, 256 * KiB)},
        {"fallocate", one_mebibyte, allocating(0, MiB, 512 * KiB)},
        {"fallocate_keep_size", one_mebibyte, allocating(FALLOC_FL_KEEP_SIZE, MiB, 512 * KiB)},
        {"punch_start", one_mebibyte, allocating(punch, 0, 64 * KiB)},
        {"punch_middle", one_mebibyte, allocating(punch, 512 * KiB, 64 * KiB)},
        {"punch_end", one_mebibyte, allocating(punch, MiB - 64 * KiB, 64 * KiB)},
        {"collapse", one_mebibyte, allocating(FALLOC_FL_COLLAPSE_RANGE, 256 * KiB, 64 * KiB)},
        {"insert", one_mebibyte, allocating(FALLOC_FL_INSERT_RANGE, 256 * KiB, 64 * KiB), false},
        {"zero_range", one_mebibyte, allocating(FALLOC_FL_ZERO_RANGE, 256 * KiB, 64 * KiB), false},
        {"truncate_to_half", one_mebibyte, truncating(MiB / 2)},
        {"truncate_to_nothing", one_mebibyte, truncating(0)},
        {"fill_hole_of_sparse_file", writing(8 * MiB, 256 * KiB), writing(MiB, 256 * KiB)},
        {"write_into_preallocated", allocating(0, 0, MiB), writing(256 * KiB, 256 * KiB), false},
        {"many_holes", one_mebibyte,
         [](const file_editor& file) {
             for (std::uint64_t at = 0; at < MiB; at += 32 * KiB) file.allocate(punch, at, 16 * KiB);
         }},
    };
    return all;
}

void follows(start_form form, const change& what) {
    const scratch_file file;
    what.prepare(file.edit());
    running_daemon daemon(form, file.path());
    require_sync(file.path(), "after the start");
    const std::string alias = only_group().alias;
    BOOST_TEST(alias == "file");

    const file_map before = map_of(file.path());
    what.apply(file.edit());
    file.edit().sync();
    const bool moved = map_of(file.path()).runs != before.runs;
    if (what.moves) BOOST_TEST_REQUIRE(moved, "the change changes nothing: the test would prove nothing");
    require_sync(file.path(), "after the change");

    file.edit().write_and_sync(16 * MiB, 64 * KiB);
    require_sync(file.path(), "after one more write");
    BOOST_TEST(only_group().alias == alias);

    BOOST_TEST(daemon.stop().value_or(-1) == 0);
    const map_report left = check_map(file.path());
    BOOST_TEST(left.in_sync(), "the group does not stay: " << left.summary());
    BOOST_TEST(regions_of(shared_device().name()).size() == left.regions.size(), "there are regions outside the group");
}

/// Allocation at write-back raises no event at all.
void follows_delayed_allocation(start_form form) {
    const kernel_setting no_periodic_writeback("vm/dirty_writeback_centisecs", "0");
    const kernel_setting soon_expired("vm/dirty_expire_centisecs", "1");
    const scratch_file file;
    one_mebibyte(file.edit());
    running_daemon daemon(form, file.path());
    require_sync(file.path(), "after the start");

    // When the allocated piece has been followed, the daemon has seen the delayed one as well.
    file.edit().write(2 * MiB, 256 * KiB);
    file.edit().allocate(FALLOC_FL_KEEP_SIZE, 8 * MiB, 64 * KiB);  // xfs writes back when the size changes
    map_report report;
    BOOST_TEST_REQUIRE(wait_until([&] { return (report = check_map(file.path())).in_sync(); }, reaction_bound),
                       report.summary());
    BOOST_TEST_REQUIRE(report.file.pending > 0U, "nothing is delayed: the test would prove nothing");

    const kernel_setting writeback("vm/dirty_writeback_centisecs", "10");
    require_sync(file.path(), "after write-back");
}

/// Whatever comes after whatever else, with and without time in between.
void follows_random_changes(start_form form) {
    const char* given = std::getenv("FILEMAP_SEED");
    const unsigned seed = given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
    BOOST_TEST_CONTEXT("FILEMAP_SEED=" << seed) {
        std::mt19937 random(seed);
        const auto below = [&](unsigned limit) {
            return std::uniform_int_distribution<unsigned>(0, limit - 1)(random);
        };
        const scratch_file file;
        one_mebibyte(file.edit());
        running_daemon daemon(form, file.path());
        constexpr int modes[] = {0,
                                 FALLOC_FL_KEEP_SIZE,
                                 FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                 FALLOC_FL_ZERO_RANGE,
                                 FALLOC_FL_INSERT_RANGE,
                                 FALLOC_FL_COLLAPSE_RANGE};
        constexpr std::uint64_t block = 4 * KiB;
        for (int i = 0; i < 100; ++i) {
            const std::uint64_t at = below(1024) * block;
            const std::uint64_t length = (1 + below(64)) * block;
            const unsigned what = below(10);
            file.edit().write_and_sync(4 * MiB, 512 * KiB);  // so that no range below ends past the end of the file
            if (what < std::size(modes))
                file.edit().allocate(modes[what], at, length);
            else if (what < 9)
                file.edit().write_and_sync(at, length);
            else
                file.edit().truncate(at);
            if (below(4) == 0) require_sync(file.path(), "in the midst of random changes");
        }
        require_sync(file.path(), "after random changes");
        BOOST_TEST(regions_of(shared_device().name()).size() == check_map(file.path()).regions.size());
    }
}

/// Suites are made from tables, so that each case can be run by its name: `--run_test=append/own_path`. Each change in
/// two of the four forms, which differ in everything; random ones in all.
const bool registered = [] {
    constexpr start_form two[] = {start_form::dmstats_inode, start_form::own_path};
    constexpr start_form all[] = {start_form::dmstats_inode, start_form::dmstats_path, start_form::own_inode,
                                  start_form::own_path};
    for (const change& what : changes()) {
        auto& suite = add_suite(what.name);
        for (const start_form form : two)
            add_case(suite, std::string(name_of(form)), [form, &what] { follows(form, what); });
    }
    auto& delayed = add_suite("delayed_allocation");
    for (const start_form form : two)
        add_case(delayed, std::string(name_of(form)), [form] { follows_delayed_allocation(form); });
    auto& random = add_suite("random_changes");
    for (const start_form form : all)
        add_case(random, std::string(name_of(form)), [form] { follows_random_changes(form); });
    return true;
}();

}  // namespace
}  // namespace filemap::test
