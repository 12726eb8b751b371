// Counted plus estimated bytes of a growing file equal the bytes written.

#include "support/growth.hpp"

#include "kernel/served.hpp"

#include <boost/json.hpp>

#include <algorithm>

#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>

namespace filemap::test {
namespace {

namespace json = boost::json;

std::string control(std::vector<std::string> words) {
    words.insert(words.begin(), std::filesystem::path(daemon_executable()).parent_path() / "dmfilemapctl");
    return run_or_throw(words);
}

struct written_sectors {
    std::uint64_t counted = 0;
    std::uint64_t inferred = 0;
    [[nodiscard]] std::uint64_t bytes() const { return (counted + inferred) * 512; }
};

/// Returns the sums after three refreshes. The first finds the growth, the second the bytes written before coverage,
/// the third the I/O in flight at the second.
written_sectors written_to(const std::vector<std::string>& names) {
    written_sectors sum;
    for (const std::string& name : names) {
        for (int refreshes = 0; refreshes < 3; ++refreshes) control({"resync", served::at(name)});
        const json::object shown = json::parse(control({"--json", "show", served::at(name)})).as_object();
        sum.inferred += shown.at("inferred_sectors").to_number<std::uint64_t>();
        sum.counted += shown.at("retired").as_object().at("sectors_written").to_number<std::uint64_t>();
        const auto group = groups_among(regions_of(shared_device().name()));
        for (const listed_group& each : group) {
            if (each.alias != name) continue;
            for (const std::uint64_t region : each.members)
                sum.counted += counts_of(shared_device().name(), region).sectors_written;
        }
    }
    return sum;
}

void check_within_a_percent(const written_sectors& found, std::uint64_t issued) {
    BOOST_TEST(found.bytes() >= issued - issued / 100,
               found.counted << " sectors counted and " << found.inferred << " inferred of " << issued << " bytes");
    BOOST_TEST(found.bytes() <= issued + issued / 100,
               found.counted << " sectors counted and " << found.inferred << " inferred of " << issued << " bytes");
}

/// A service that monitors empty files.
struct following {
    explicit following(std::vector<std::string> files) : names(std::move(files)) {
        std::map<std::string, std::string> configured;
        for (const std::string& name : names) {
            file_editor(served::at(name)).write(0, 0);
            configured[name] = "";
        }
        service.configure(configured);
        service.start();
        BOOST_TEST(written_to(names).bytes() == 0U);
    }

    served service;
    std::vector<std::string> names;
};

void grows(const growth& kind) {
    std::vector<std::string> names{"file"};
    if (kind.files > 1) names.push_back("other");
    following follow(names);
    std::vector<growing_file> files;
    for (const std::string& name : names) files.emplace_back(served::at(name), kind.how);
    kind.grow(files);
    std::uint64_t issued = 0;
    for (const growing_file& file : files) issued += file.written();
    files.clear();
    const written_sectors found = written_to(names);
    check_within_a_percent(found, issued);
    // The estimate no longer changes.
    BOOST_TEST(written_to(names).inferred == found.inferred);
    BOOST_TEST(control({"show", served::at("file")}).find("inferred sectors:") != std::string::npos);
}

void grows_beside_temporary_files() {
    following follow({"file"});
    std::filesystem::create_directory(served::at("beside"));
    const file_churn churning(served::at("beside"));
    growing_file file(served::at("file"), growing_file::writes::direct);
    for (int i = 0; i < 32; ++i) file.append(256 * KiB);
    check_within_a_percent(written_to({"file"}), file.written());
}

void preallocation_adds_no_estimate() {
    following follow({"file"});
    served::edit("file").allocate(0, 0, 8 * MiB);
    BOOST_TEST(written_to({"file"}).bytes() == 0U);
    // The kernel counts these writes.
    growing_file file(served::at("file"), growing_file::writes::direct);
    for (int i = 0; i < 8; ++i) file.append(MiB);
    BOOST_TEST(written_to({"file"}).inferred == 0U);
    BOOST_TEST(written_to({"file"}).bytes() == 8 * MiB);
}

void first_map_adds_no_estimate() {
    served service;
    served::make("file");
    service.configure({{"file", ""}});
    service.start();
    BOOST_TEST(written_to({"file"}).bytes() == 0U);
}

void reflink_adds_no_estimate() {
    following follow({"file"});
    served::edit("other").write_and_sync(0, 8 * MiB);
    const bool made = reflink(served::at("other"), served::at("file"));
    BOOST_TEST_MESSAGE((made ? "reflink made" : "skipped: this file system makes no reflinks"));
    BOOST_TEST(made == (file_system_under_test() == "xfs"));
    BOOST_TEST(written_to({"file"}).bytes() == 0U);
    std::filesystem::remove(served::at("other"));
    BOOST_TEST(written_to({"file"}).bytes() == 0U);
}

/// With data=journal the file system lists blocks as written long before they are.
void data_journal_adds_no_estimate() {
    ::setenv("MOUNT_OPTIONS", "data=journal", 1);
    const scratch_device journalled("journalled", "ext4", 100);
    ::unsetenv("MOUNT_OPTIONS");
    const std::string path = journalled.path() + "/file";
    file_editor(path).write(0, 0);
    served service;
    service.configure({}, "[[file]]\npath = '" + path + "'\n");
    service.start();
    growing_file file(path, growing_file::writes::buffered);
    for (int i = 0; i < 4; ++i) {
        file.append(MiB);
        control({"resync", path});
    }
    control({"resync", path});
    const json::object shown = json::parse(control({"--json", "show", path})).as_object();
    BOOST_TEST(shown.at("extents").to_number<int>() > 0);
    BOOST_TEST(shown.at("inferred_sectors").to_number<int>() == 0);
}

void truncated_and_grown_again() {
    following follow({"file"});
    served::edit("file").write_and_sync(0, 4 * MiB);
    check_within_a_percent(written_to({"file"}), 4 * MiB);
    served::edit("file").truncate(0);
    check_within_a_percent(written_to({"file"}), 4 * MiB);
    served::edit("file").write_and_sync(0, 4 * MiB);
    check_within_a_percent(written_to({"file"}), 8 * MiB);
    served::edit("file").allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, MiB, MiB);
    check_within_a_percent(written_to({"file"}), 8 * MiB);
    served::edit("file").write_and_sync(MiB, MiB);
    check_within_a_percent(written_to({"file"}), 9 * MiB);
}

void kill_keeps_estimate() {
    following follow({"file"});
    growing_file file(served::at("file"), growing_file::writes::direct);
    std::uint64_t told = 0;
    for (int kills = 0; kills < 6; ++kills) {
        for (int i = 0; i < 16; ++i) file.append(64 * KiB);
        // Kills the daemon during the refreshes that the writes caused, or after them.
        if (kills % 2 == 0) (void)written_to({"file"});
        follow.service.kill();
        follow.service.start();
        const written_sectors found = written_to({"file"});
        BOOST_TEST(found.bytes() <= file.written());
        BOOST_TEST(found.bytes() >= told);
        told = found.bytes();
    }
    // At least half of the bytes were reported before a kill.
    BOOST_TEST(told >= file.written() / 2);
}

const bool registered = [] {
    auto& growing = add_suite("growth");
    for (const growth& kind : kinds_of_growth(0.1)) {
        std::string name = kind.name;
        std::ranges::replace_if(
            name, [](char c) { return c == ' ' || c == ','; }, '_');
        add_case(growing, name, [kind] { grows(kind); });
    }
    add_case(growing, "beside_files_that_come_and_go", grows_beside_temporary_files);
    add_case(growing, "preallocated", preallocation_adds_no_estimate);
    add_case(growing, "first_map", first_map_adds_no_estimate);
    add_case(growing, "reflink", reflink_adds_no_estimate);
    add_case(growing, "data_journalled", data_journal_adds_no_estimate);
    add_case(growing, "truncated", truncated_and_grown_again);
    add_case(growing, "killed", kill_keeps_estimate);
    return true;
}();

}  // namespace
}  // namespace filemap::test
