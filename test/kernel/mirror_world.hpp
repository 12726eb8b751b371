#pragma once

#include "support/mirror.hpp"
#include "support/mirror_servers.hpp"
#include "support/writers.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

namespace filemap::test {

/// Two ram disks with different content as legs, and a server of dirty logs.
struct mirror_world {
    explicit mirror_world(supervised_server::socket handling = supervised_server::socket::kept)
        : mirror_world(mirror_server(), handling) {}
    mirror_world(const std::vector<std::string>& command, supervised_server::socket handling)
        : legs{{"leg0", (prepare(), whole("/dev/ram0"))}, {"leg1", whole("/dev/ram1")}}, server(command, handling) {}

    /// Empties the log and state directories.
    static void prepare() {
        make_mirrors_possible();
        for (const char* const each : {"/run/dmdirtylogd", "/run/logs"}) std::filesystem::remove_all(each);
        std::filesystem::create_directories("/run/logs");
        for (unsigned leg = 0; leg < 2; ++leg)
            fill_device("/dev/ram" + std::to_string(leg), mirror_shape().length, leg + 1);
    }
    [[nodiscard]] static mirror_shape shape(const std::string& log) {
        mirror_shape made;
        made.legs = {"/dev/mapper/leg0", "/dev/mapper/leg1"};
        made.log = log == "disk" ? "disk /run/logs/m.log" : log;
        return made;
    }
    [[nodiscard]] static writers::where all_of(const mapped_device& mirror, const mirror_shape& shape) {
        return {.node = mirror.node(), .length = shape.length, .region = shape.region};
    }
    /// Sectors copied or written to the second leg.
    [[nodiscard]] static std::uint64_t copied() { return sectors_written("/dev/mapper/leg1"); }
    /// Checks that all regions are in sync and the legs are equal.
    static void legs_are_equal(const mirror_shape& shape, const std::string& name = "m") {
        BOOST_TEST(comes_in_sync(name));
        BOOST_TEST(differing_regions(shape.legs[0], shape.legs[1], shape).empty());
    }

    /// Devices over /dev/ram0 and /dev/ram1.
    mapped_device legs[2];
    supervised_server server;
};

/// Counts a message in the kernel log since boot.
[[nodiscard]] inline int times_in_kernel_log(std::string_view text) {
    const std::string all = run_or_throw({"dmesg"});
    int times = 0;
    for (std::size_t at = 0; (at = all.find(text, at)) != std::string::npos; at += text.size()) ++times;
    return times;
}
constexpr std::string_view kernel_timed_out = "Request timed out";
constexpr std::string_view kernel_found_no_server = "Userspace log server not found";

}  // namespace filemap::test
