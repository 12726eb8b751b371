// Mirrors whose dirty log a server keeps, beside the kernel's own logs in the same run. Runs as root inside User-Mode
// Linux; see packaging/bench.
#include "bench/direct_io.hpp"
#include "bench/table.hpp"
#include "support/mirror.hpp"
#include "support/mirror_servers.hpp"
#include "support/writers.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <thread>

namespace {

using namespace filemap::test;
using namespace filemap::bench;
using clock_type = std::chrono::steady_clock;

constexpr unsigned leg_size = 256;
constexpr std::uint64_t MiB = 1024 * 1024;
constexpr char slow_log[] = "/dev/mapper/slowlog";

/// A way to keep a mirror's log.
struct way {
    std::string name;
    std::string log;
    bool in_kernel = false;
    bool integrated = false;
};

mirror_shape shape_of(const way& one, const std::string& options = {}) {
    mirror_shape shape;
    shape.length = leg_size * MiB / 512;
    shape.region = 1024;
    shape.legs = {"/dev/ram0", "/dev/ram1"};
    shape.log = one.log;
    shape.options = options;
    shape.integrated = one.integrated;
    shape.in_kernel = one.in_kernel;
    return shape;
}

std::vector<way> ways(const std::string& disk) {
    return {{"in-kernel core", "core", true, false},
            {"in-kernel disk", "disk " + disk, true, false},
            {"userspace core", "core", false, false},
            {"userspace core, integrated_flush", "core", false, true},
            {"userspace disk", "disk " + disk, false, false},
            {"userspace disk, integrated_flush", "disk " + disk, false, true}};
}

void forget(const std::string& disk) {
    run_or_throw({"dd", "if=/dev/zero", "of=" + disk, "bs=1M", "count=1", "oflag=direct", "status=none"});
}

std::string per_second(double rate) {
    char text[32];
    std::snprintf(text, sizeof text, "%.0f /s", rate);
    return text;
}

/// Prints how each compares with the first, which is the kernel's own.
class comparison {
public:
    explicit comparison(std::string what) : what_(std::move(what)) {}
    /// @param less Is better.
    void add(const std::string& name, double figure, const std::string& text, bool less = false) {
        const bool is_first = !first_;
        if (is_first) first_ = figure;
        print_row({what_ + ", " + name, text, "",
                   is_first ? "" : ratio_text(less ? figure / *first_ : figure, less ? 1 : *first_)});
    }

private:
    std::string what_;
    std::optional<double> first_;
};

void measure_resync() {
    comparison rows("resync of 256 MiB, regions of 512 KiB");
    for (const way& one : ways("/dev/ram2")) {
        forget("/dev/ram2");
        const auto began = clock_type::now();
        mapped_device mirror("m", shape_of(one, "sync").table());
        // By the end of an event and not by asking, which costs requests.
        run_or_throw({"dmsetup", "wait", "m"}, seconds{60});
        const std::chrono::duration<double> taken = clock_type::now() - began;
        if (!comes_in_sync("m")) throw std::runtime_error("not in sync");
        rows.add(one.name, taken.count(), milliseconds_text(taken.count()), true);
        mirror.remove();
    }
}

void measure_io(const std::string& what, unsigned depth, bool reads) {
    comparison rows(what);
    for (const way& one : ways("/dev/ram2")) {
        forget("/dev/ram2");
        mapped_device mirror("m", shape_of(one, "nosync").table());
        const double rate =
            direct_io_rate({.node = mirror.node(), .length = leg_size * MiB, .depth = depth, .reads = reads});
        rows.add(one.name, rate, per_second(rate));
        mirror.remove();
    }
}

void measure_io() {
    measure_io("4 KiB random writes, depth 1", 1, false);
    measure_io("4 KiB random writes, depth 32", 32, false);
    measure_io("4 KiB random reads, depth 32", 32, true);
}

void measure_slow_log() {
    const mapped_device slow("slowlog", slow_writes("/dev/ram2", milliseconds{20}));
    const std::vector<way> all{{"in-kernel disk", std::string("disk ") + slow_log, true, false},
                               {"userspace disk", std::string("disk ") + slow_log, false, false},
                               {"userspace disk, integrated_flush", std::string("disk ") + slow_log, false, true}};
    for (const auto& [length, depth] : {std::pair{MiB, 1U}, {leg_size * MiB, 1U}, {leg_size * MiB, 32U}}) {
        comparison rows("4 KiB writes in " + std::to_string(length / MiB) + " MiB, depth " + std::to_string(depth) +
                        ", log of 20 ms a write");
        for (const way& one : all) {
            forget("/dev/ram2");
            mapped_device mirror("m", shape_of(one, "nosync").table());
            const double rate = direct_io_rate(
                {.node = mirror.node(), .length = length, .depth = depth, .how_long = milliseconds{5000}});
            rows.add(one.name, rate, per_second(rate));
            mirror.remove();
        }
    }
}

// The test's server says at its end how many there were.
void measure_requests() {
    constexpr seconds how_long{3};
    for (const bool integrated : {false, true}) {
        supervised_server server(plain_server(), supervised_server::socket::kept);
        server.start();
        mapped_device mirror("m", shape_of({"", "core", false, integrated}, "nosync").table());
        (void)direct_io_rate({.node = mirror.node(), .length = leg_size * MiB, .depth = 1, .how_long = how_long});
        mirror.remove();
        (void)server.stop();
        const std::string log = server.log();
        const std::string_view head = "requests ";
        const double requests = std::stod(log.substr(log.rfind(head) + head.size()));
        print_row({std::string("requests, 4 KiB random writes") + (integrated ? ", integrated_flush" : ""),
                   per_second(requests / static_cast<double>(how_long.count())), "", ""});
    }
}

void measure_stall(supervised_server::socket handling, unsigned kills) {
    std::filesystem::remove_all("/run/dmdirtylogd");
    supervised_server server(mirror_server(), handling);
    server.start();
    mirror_shape shape = shape_of({"", "core", false, true}, "nosync");
    mapped_device mirror("m", shape.table());
    std::vector<double> stalls;
    {
        writers some({.node = mirror.node(), .length = shape.length, .region = shape.region});
        for (unsigned i = 0; i < kills; ++i) {
            const std::uint64_t before = some.writes();
            if (!wait_until([&] { return some.writes() > before + 500; }, seconds{60})) break;
            (void)some.longest();
            server.restart();
            const std::uint64_t then = some.writes();
            if (!wait_until([&] { return some.writes() > then + 4; }, seconds{60})) break;
            stalls.push_back(static_cast<double>(some.longest().count()) / 1e3);
        }
    }
    mirror.remove();
    const bool is_kept = handling == supervised_server::socket::kept;
    print_row({std::string("longest write over a kill, socket ") + (is_kept ? "kept" : "lost"),
               milliseconds_text(quantile(stalls, 0.5)) + " median, " + milliseconds_text(quantile(stalls, 1)) +
                   " max of " + std::to_string(stalls.size()),
               "", ""});
}

}  // namespace

int main(int argc, char** argv) {
    const auto is_wanted = [&](std::string_view part) {
        return argc == 1 || std::any_of(argv + 1, argv + argc, [&](std::string_view each) { return each == part; });
    };
    try {
        make_mirrors_possible(leg_size);
        // So that no memory is got while it is measured.
        for (const char* const leg : {"/dev/ram0", "/dev/ram1"}) fill_device(leg, leg_size * MiB / 512, 1);
        print_head();
        {
            supervised_server server(mirror_server(seconds{5}), supervised_server::socket::kept);
            server.start();
            if (is_wanted("resync")) measure_resync();
            if (is_wanted("io")) measure_io();
            if (is_wanted("slow")) measure_slow_log();
        }
        if (is_wanted("requests")) measure_requests();
        if (!is_wanted("stall")) return 0;
        measure_stall(supervised_server::socket::kept, 20);
        measure_stall(supervised_server::socket::not_kept, 3);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "mirror-bench: %s\n", e.what());
        return 1;
    }
    return 0;
}
