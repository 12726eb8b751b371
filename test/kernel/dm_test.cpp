// lib/filemap/src/dm on a real kernel: the cases of the simulated kernel, and comparisons with stock dmstats.

#include "support/dm_cases.hpp"
#include "support/process.hpp"
#include "support/scratch.hpp"

#include <filemap/dm/control_node.hpp>
#include <filemap/dm/group_descriptor.hpp>
#include <filemap/dm/statistics.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <system_error>
#include <tuple>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace filemap::test {
namespace {

/// Buffers of 64 KiB, aligned for direct I/O.
constexpr std::size_t buffer_size = 64 * 1024;
constexpr std::size_t buffer_alignment = 4096;

class real_fixture final : public dm_fixture {
public:
    real_fixture()
        : scratch_("dmcases", "none", 64),
          node_(dm::control_node::open().value()),
          buffer_(std::aligned_alloc(buffer_alignment, buffer_size), &std::free),
          file_(::open(scratch_.node().c_str(), O_RDWR | O_DIRECT | O_CLOEXEC)) {
        struct stat status {};
        check(file_ >= 0 && ::fstat(file_, &status) == 0);
        device_ = device_id(status.st_rdev);
    }
    real_fixture(const real_fixture&) = delete;
    real_fixture& operator=(const real_fixture&) = delete;
    ~real_fixture() override { ::close(file_); }

    dm::kernel& kernel() override { return node_; }
    device_id device() const override { return device_; }
    device_id missing_device() const override { return {device_.major, device_.minor + 1000}; }
    void issue(dm::io_direction direction, sector_range where) override {
        const std::size_t length = to_bytes(where.length).count();
        const auto offset = static_cast<off_t>(to_bytes(where.start).count());
        check(length <= buffer_size);
        const bool reads = direction == dm::io_direction::read;
        const ssize_t done =
            reads ? ::pread(file_, buffer_.get(), length, offset) : ::pwrite(file_, buffer_.get(), length, offset);
        check(done == static_cast<ssize_t>(length));
    }

    [[nodiscard]] const std::string& name() const { return scratch_.name(); }

private:
    static void check(bool holds) {
        if (!holds) throw std::system_error(errno, std::generic_category(), "dmcases");
    }

    scratch_device scratch_;
    dm::control_node node_;
    std::unique_ptr<void, decltype(&std::free)> buffer_;
    int file_;
    device_id device_;
};

/// Returns the device that all cases share.
std::shared_ptr<real_fixture> shared_fixture() {
    static const auto fixture = std::make_shared<real_fixture>();
    return fixture;
}

const bool registered = [] {
    add_dm_cases(boost::unit_test::framework::master_test_suite(), [] { return shared_fixture(); });
    return true;
}();

/// A device without regions.
struct fresh_device {
    std::shared_ptr<real_fixture> fixture = shared_fixture();
    dm::statistics regions{fixture->kernel(), fixture->device()};

    fresh_device() { remove_regions(); }
    ~fresh_device() { remove_regions(); }

    void remove_regions() {
        const auto list = regions.list({}).value();
        for (const auto& row : list.rows()) regions.remove(row.id).value();
    }

    region_id create(std::uint64_t start) {
        return regions.create({.range = {sectors{start}, sectors{8}}, .options = {}}).value();
    }
};

/// Names that have broken a parser, or may.
const std::vector<std::string>& awkward_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all = {"plain",
                                        "a b",
                                        " a",
                                        "a ",
                                        "a\tb",
                                        "a\nb",
                                        "\"q\"",
                                        "\"q",
                                        "q\"",
                                        "'s'",
                                        "a#b",
                                        "#",
                                        "a#",
                                        "x#-",
                                        "# x",
                                        "a#\tb",
                                        "a:0-1#b",
                                        "a:b",
                                        ":",
                                        "::",
                                        "\xc3\xa0",
                                        "voil\xc3\xa0",
                                        "\xd0\xa0\xd0\xa0",
                                        "\xa0",
                                        "\xc3",
                                        "\xff\xfe",
                                        "\xe3\xa0",
                                        "\xe2\x80\xa6",
                                        "a\\b",
                                        "\\",
                                        "a\\",
                                        "a\\ b",
                                        "%s%n",
                                        "a,b",
                                        "0-1",
                                        "1,2#",
                                        "-",
                                        "..",
                                        "|",
                                        "\x1b[31m",
                                        "\x7f",
                                        "DMS_GROUP=x",
                                        "DMS_GROUP=",
                                        "histogram:1,2",
                                        "precise_timestamps",
                                        "x precise_timestamps",
                                        "a  b"};
        all.push_back(std::string(255, 'x'));
        std::string bytes(254, '\0');
        std::iota(bytes.begin(), bytes.end(), '\1');
        all.push_back(bytes);
        return all;
    }();
    return names;
}

/// Runs dmstats, which must succeed without messages.
std::string dmstats(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "dmstats");
    const program_result ran = run_program(arguments);
    BOOST_TEST(ran.status == 0);
    BOOST_TEST(ran.err.empty(), ran.err);
    return ran.out;
}

void dmstats_shows_and_rewrites(fresh_device& device, const std::string& alias, dm::alias_syntax syntax) {
    dm::group_descriptor group{.alias_part = dm::alias_part(alias, syntax), .members = {{region_id{0}, region_id{2}}}};
    for (const std::uint64_t start : {0U, 8U, 16U}) device.create(start);
    device.regions.set_aux(region_id{0}, group.format()).value();
    dmstats({"list"});
    const std::string shown = alias.empty() ? device.fixture->name() : alias;
    for (const char* command : {"list", "report"})
        BOOST_TEST(dmstats({command, "--group", "--noheadings", "--separator", "|", "-o", "group_id,statsname"}) ==
                   "0|" + shown + "\n");
    dmstats({"delete", "--regionid", "1", device.fixture->name()});
    group.members = {{region_id{0}, region_id{0}}, {region_id{2}, region_id{2}}};
    const auto list = device.regions.list("dmstats").value();
    BOOST_REQUIRE(list.find(region_id{0}).has_value());
    BOOST_TEST(list.find(region_id{0})->aux == group.format());
    device.remove_regions();
}

std::uint64_t allocated_bytes() {
    std::ifstream file("/sys/module/dm_mod/parameters/stats_current_allocated_bytes");
    std::uint64_t allocated = 0;
    BOOST_REQUIRE(file >> allocated);
    return allocated;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dm_room)

BOOST_FIXTURE_TEST_CASE(claimed_group_refused_until_owner_ends, fresh_device) {
    int claimed[2], go_on[2];
    BOOST_REQUIRE(::pipe(claimed) == 0 && ::pipe(go_on) == 0);
    const pid_t other = ::fork();
    BOOST_REQUIRE(other >= 0);
    char byte = 0;
    if (other == 0) {
        ::close(go_on[1]);
        auto node = dm::control_node::open();
        const bool done = node && node->claim(fixture->device(), group_id{3}) && ::write(claimed[1], "x", 1) == 1;
        std::ignore = ::read(go_on[0], &byte, 1);
        ::_exit(done ? 0 : 1);
    }
    ::close(claimed[1]);
    BOOST_REQUIRE(::read(claimed[0], &byte, 1) == 1);
    BOOST_TEST(regions.claim(group_id{2}).has_value());
    const auto refused = regions.claim(group_id{3});
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == errc::group_claimed));
    BOOST_TEST(refused.error().text().find("process " + std::to_string(other)) != std::string::npos);
    ::close(go_on[1]);
    BOOST_TEST(wait_for_end(other, seconds{10}).value_or(-1) == 0);
    BOOST_TEST(regions.claim(group_id{3}).has_value());
    regions.release(group_id{2});
    regions.release(group_id{3});
    for (const int descriptor : {claimed[0], go_on[0]}) ::close(descriptor);
}

BOOST_FIXTURE_TEST_CASE(dmstats_rewrites_groups_with_any_name, fresh_device) {
    const dm::alias_syntax syntax = dm::installed_alias_syntax();
    dmstats_shows_and_rewrites(*this, "", syntax);
    for (const std::string& name : awkward_names()) {
        BOOST_TEST_CONTEXT("name \"" << name << '"')
        dmstats_shows_and_rewrites(*this, dm::readable_alias(name, syntax), syntax);
    }
}

BOOST_AUTO_TEST_CASE(installed_syntax_matches_version_of_dmsetup) {
    const std::string version = run_program({"dmsetup", "version"}).out;
    const auto number = version.find("1.02.");
    BOOST_REQUIRE(number != std::string::npos);
    const bool quotes = std::stoi(version.substr(number + 5)) >= 198;
    BOOST_TEST((dm::installed_alias_syntax() == dm::alias_syntax::quoted) == quotes);
}

BOOST_FIXTURE_TEST_CASE(region_memory_matches_simulated_kernel, fresh_device) {
    BOOST_REQUIRE(wait_until([] { return allocated_bytes() == 0; }, seconds{10}));
    create(0);
    BOOST_TEST(allocated_bytes() == 360U);
    dm::region_spec spec{.range = {sectors{0}, sectors{100}}, .step = sectors{10}, .options = {}};
    spec.options.histogram = "1,2,3";
    regions.create(spec).value();
    BOOST_TEST(allocated_bytes() == 360U + 136U + 10U * (224U + 64U));
}

BOOST_AUTO_TEST_CASE(control_node_survives_a_move) {
    auto first = dm::control_node::open().value();
    const int descriptor = first.native_handle();
    dm::control_node second = std::move(first);
    BOOST_TEST(second.native_handle() == descriptor);
    second = dm::control_node::open().value();
    BOOST_TEST(second.message(shared_fixture()->device(), "@stats_list").has_value());
    BOOST_TEST(::fcntl(second.native_handle(), F_GETFD) == FD_CLOEXEC);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace filemap::test
