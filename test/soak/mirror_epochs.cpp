// One boot of the epochs test: writes to a disk that a mirror tracks, whose other leg stores nothing, and copies the
// changed blocks. The copy must equal the disk each time. Runs as root inside User-Mode Linux, on the same disks each
// time; see test/soak/mirror-epochs.
//
//   mirror-epochs EPOCHS first|cut|last SEED
//
// After the epochs it writes and is cut off from power; after the last ones it ends.
#include "support/changed_blocks.hpp"
#include "support/mirror.hpp"
#include "support/mirror_servers.hpp"
#include "support/writers.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <optional>
#include <random>
#include <thread>

namespace {

using namespace filemap::test;

constexpr char source[] = "/dev/ubda", backup[] = "/dev/ubdb", log_disk[] = "/dev/ubdc";
constexpr char name[] = "m";
constexpr std::uint64_t window = 16 * 128;

struct totals {
    unsigned epochs = 0;
    unsigned kills = 0;
    unsigned reloads = 0;
    unsigned everything = 0;
    std::uint64_t told = 0;
    std::uint64_t changed = 0;
};

class tracked_disk {
public:
    explicit tracked_disk(unsigned seed)
        : random_(seed), server_(mirror_server(milliseconds{200}), supervised_server::socket::kept) {
        shape_.length = size_of_device(source);
        shape_.legs = {source, zero_.node()};
        shape_.log = "disk /mnt/log/m.log";
        shape_.options = std::string("nosync leg=") + source;
        shape_.integrated = true;
        server_.start();
        mirror_.emplace(name, shape_.table());
    }

    /// A copy of everything, as there is nothing to go by yet.
    void copy_everything() {
        begin_checkpoint(shape_.uuid, checkpoint(turn_));
        copy_ranges(mirror_->node(), backup, {{0, shape_.length}});
    }
    /// After a boot: the checkpoint that is there.
    void find_checkpoint() {
        std::ifstream file("/mnt/log/turn");
        if (!(file >> turn_)) throw std::runtime_error("no checkpoint is on record");
    }
    void write_for_a_while() {
        writers some(where());
        const auto pause = milliseconds(20 + random_() % 300);
        std::this_thread::sleep_for(pause);
        if (random_() % 3 == 0) {
            ++all_.reloads;
            mirror_->replace(shape_.table());
            std::this_thread::sleep_for(pause / 2);
        }
        if (random_() % 2 == 0) {
            ++all_.kills;
            server_.restart();
            std::this_thread::sleep_for(pause / 2);
        }
        if (some.stop().failures > 0) throw std::runtime_error("a write failed");
    }
    /// Copies the changed blocks only. @return True if the copy equals the disk.
    bool copy_changes() {
        const std::string before = checkpoint(turn_), next = checkpoint(turn_ + 1);
        begin_checkpoint(shape_.uuid, next);
        const block_changes changes = changes_since(shape_.uuid, before);
        const auto changed = differing_regions(source, backup, shape_).size();
        copy_ranges(mirror_->node(), backup, changes.ranges);
        forget_checkpoint(shape_.uuid, before);
        ++turn_;
        std::ofstream("/mnt/log/turn.new") << turn_;
        run_or_throw({"sync", "/mnt/log/turn.new"});
        run_or_throw({"mv", "/mnt/log/turn.new", "/mnt/log/turn"});
        run_or_throw({"sync", "-f", "/mnt/log/turn"});
        ++all_.epochs;
        all_.everything += changes.everything ? 1 : 0;
        all_.changed += changed;
        for (const auto& [start, length] : changes.ranges) all_.told += (length + shape_.region - 1) / shape_.region;
        return differing_regions(source, backup, shape_).empty();
    }
    [[noreturn]] void write_until_cut_off() {
        const writers some(where());
        std::ofstream power("/proc/sysrq-trigger");
        std::this_thread::sleep_for(milliseconds(50 + random_() % 1500));
        power << 'b' << std::flush;
        std::abort();
    }
    void end() { mirror_->remove(); }
    [[nodiscard]] const totals& all() const noexcept { return all_; }

private:
    [[nodiscard]] static std::string checkpoint(unsigned turn) { return "turn-" + std::to_string(turn); }
    [[nodiscard]] writers::where where() {
        return {.node = mirror_->node(),
                .length = shape_.length,
                .region = shape_.region,
                .seed = static_cast<unsigned>(random_()),
                .window = window};
    }

    std::mt19937 random_;
    mapped_device zero_{"nothing", "0 " + std::to_string(size_of_device(source)) + " zero"};
    mirror_shape shape_;
    supervised_server server_;
    std::optional<mapped_device> mirror_;
    unsigned turn_ = 0;
    totals all_;
};

int run(unsigned epochs, const std::string& turn, unsigned seed) {
    make_mirrors_possible();
    run_or_throw({"mkdir", "-p", "/mnt/log"});
    run_or_throw({"mount", "-t", "ext4", log_disk, "/mnt/log"});
    tracked_disk disk(seed);
    bool is_right = true;
    if (turn == "first") {
        disk.copy_everything();
    } else {
        disk.find_checkpoint();
        is_right = disk.copy_changes();
    }
    while (is_right && disk.all().epochs < epochs) {
        disk.write_for_a_while();
        is_right = disk.copy_changes();
    }
    const totals& all = disk.all();
    std::printf(
        "%u epochs, %u kills, %u reloads: %lu regions had changed, %lu were told, %u times everything; copy %s\n",
        all.epochs, all.kills, all.reloads, all.changed, all.told, all.everything, is_right ? "equal" : "DIFFERS");
    std::fflush(stdout);
    if (!is_right) std::_Exit(3);
    if (turn != "last") disk.write_until_cut_off();
    disk.end();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: mirror-epochs EPOCHS first|cut|last SEED\n");
        return 2;
    }
    try {
        return run(static_cast<unsigned>(std::atoi(argv[1])), argv[2], static_cast<unsigned>(std::atoi(argv[3])));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "mirror-epochs: %s\n", e.what());
        return 1;
    }
}
