// Random requests of a kernel, with power cuts and kills. Checks the invariants of a mirror after each.

#include "unit/dirtylog/server/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <set>

namespace dirtylog {
namespace {

using test::answer;
using test::numbers;
using test::text;
using test::world;

struct power_cut {};

/// Two groups of regions. The used regions lie at both ends of the first group.
constexpr std::string_view table = "15440 disk /log 8 nosync leg=/leg";
constexpr std::uint64_t used[] = {0, 1, 2, 63, 64, 1918, 1919, 1920, 1921, 1929};

/// Model of the kernel and the legs. A leg has one number per region; unflushed writes may be lost.
struct kernel {
    explicit kernel(unsigned seed) : random(seed) {
        w.disks["/log"];
        w.legs["/leg"].after = [this] {
            for (auto& each : legs) each.synced = each.cached;
        };
        w.create(table);
    }

    std::uint64_t any() { return used[random() % std::size(used)]; }
    bool one_in(unsigned n) { return random() % n == 0; }
    bool is_in_sync(std::uint64_t r) { return w.ask(DM_ULOG_IN_SYNC, numbers({r}), luid)->number() == 1; }

    void write_both(std::uint64_t r) {
        ++version;
        for (auto& each : legs) each.cached[r] = version;
        written.insert(r);
    }

    void write() {
        const std::uint64_t r = any();
        if (!is_in_sync(r)) {
            legs[0].cached[r] = ++version;
            written.insert(r);
        } else if (writable.contains(r)) {
            write_both(r);
        } else if (one_in(2)) {
            marked.insert(r);
            w.ask(DM_ULOG_MARK_REGION, numbers({r}), luid);
            if (one_in(3)) w.ask(DM_ULOG_MARK_REGION, numbers({r}), luid);
            flush({});
        } else {
            marked.insert(r);
            flush(numbers({r}));
        }
    }
    void flush(const test::datagram& marks) {
        const auto now = w.ask(DM_ULOG_FLUSH, marks, luid);
        flushes[w.seq] = marked;
        if (now) flushed(*now);
    }
    void flushed(const answer& got) {
        const auto found = flushes.find(got.seq);
        if (found == flushes.end()) return;
        BOOST_TEST(got.error == 0);
        for (const std::uint64_t r : found->second) {
            if (!marked.erase(r)) continue;
            writable.insert(r);
            must_be_dirty.insert(r);
            write_both(r);
        }
        flushes.erase(found);
    }
    void clear() {
        const std::uint64_t r = any();
        if (!writable.erase(r)) return;
        must_be_dirty.erase(r);
        w.ask(DM_ULOG_CLEAR_REGION, numbers({r}), luid);
    }
    void lose_sync() {
        const std::uint64_t r = any();
        // A write that failed on one leg completes once the region is recorded as out of sync.
        if (!writable.contains(r)) return;
        w.ask(DM_ULOG_SET_REGION_SYNC, numbers({r, 0}), luid);
        work();
        must_be_dirty.insert(r);
        writable.erase(r);
        legs[0].cached[r] = ++version;
        written.insert(r);
    }
    void resync() {
        const auto next = w.ask(DM_ULOG_GET_RESYNC_WORK, {}, luid);
        if (!next || next->number(0) == 0) return;
        const std::uint64_t r = next->number(1);
        legs[1].cached[r] = legs[0].cached[r];
        w.ask(DM_ULOG_SET_REGION_SYNC, numbers({r, 1}), luid);
        must_be_dirty.erase(r);
        w.ask(DM_ULOG_CLEAR_REGION, numbers({r}), luid);
        flush({});
    }
    void suspend() {
        work();
        w.settle(DM_ULOG_POSTSUSPEND, {}, luid);
        w.settle(DM_ULOG_RESUME, {}, luid);
        take_answers();
    }
    /// Loads another table. The old table is destroyed at once or later.
    void reload() {
        work();
        end_old();
        old = luid++;
        BOOST_TEST(w.error(DM_ULOG_CTR, text(table), luid) == 0);
        w.settle(DM_ULOG_POSTSUSPEND, {}, old);
        BOOST_TEST(w.error(DM_ULOG_RESUME, {}, luid) == 0);
        take_answers();
        // The new log has no dirty region.
        writable.clear();
        marked.clear();
        if (one_in(2)) end_old();
    }
    void end_old() {
        if (old == 0) return;
        w.settle(DM_ULOG_DTR, {}, old);
        take_answers();
        old = 0;
    }
    void checkpoint() {
        if (tracking) return;
        tracking = true;
        name = 'c' + std::to_string(++version);
        const std::set<std::string> before(names.begin(), names.end());
        w.server().begin_checkpoint("mirror", name, [this](const result<changes>& got) {
            tracking = false;
            if (!got) return;
            names.push_back(name);
            written_since[name] = {};
            for (auto& [of, all] : written_since)
                if (of != name) all.insert(written.begin(), written.end());
            written.clear();
        });
    }
    void kill() {
        for (const auto& [seq, regions] : flushes) marked.insert(regions.begin(), regions.end());
        flushes.clear();
        tracking = false;
        w.waiting = 0;
        w.late.clear();
        w.restart();
        // The kernel repeats the request.
        if (one_in(2)) w.reconnect(table, luid);
        flush({});
    }

    void take_answers() {
        const auto late = std::exchange(w.late, {});
        for (const answer& each : late) flushed(each);
    }
    void work() {
        w.work();
        take_answers();
    }
    void step() {
        switch (random() % 12) {
            case 0:
            case 1:
            case 2:
            case 3: write(); break;
            case 4:
            case 5: clear(); break;
            case 6: lose_sync(); break;
            case 7: resync(); break;
            case 8: w.server().clear_round(); break;
            case 9:
                if (one_in(3)) suspend();
                if (one_in(6)) reload();
                break;
            case 10:
                if (one_in(3)) checkpoint();
                break;
            case 11:
                if (one_in(4)) kill();
                break;
        }
        take_answers();
        // Jobs run beside the requests.
        if (!one_in(3)) return;
        if (job* const next = w.server().next_job()) {
            next->log->run(*next);
            if (one_in(2)) w.ask(DM_ULOG_IN_SYNC, numbers({any()}), luid);
            w.complete(*next);
            take_answers();
        }
        if (one_in(2)) work();
    }

    /// @return The violated invariant. Empty: none.
    std::string power_cut_and_check() {
        const auto names_then = written_since;
        w.late.clear();
        w.waiting = 0;
        w.disks["/log"].after = {};
        w.disks["/log"].lose_some(random);
        for (auto& each : legs)
            for (const std::uint64_t r : used)
                if (one_in(2)) each.cached[r] = each.synced[r];
        w.reboot("boot-2");
        luid = 100;
        w.create(table, luid);
        std::string wrong;
        for (const std::uint64_t r : must_be_dirty)
            if (is_in_sync(r)) wrong += "flushed and clean: " + std::to_string(r) + ' ';
        for (const std::uint64_t r : used)
            if (is_in_sync(r) && legs[0].cached[r] != legs[1].cached[r]) wrong += "differs: " + std::to_string(r) + ' ';
        for (const auto& [checkpoint, before] : names_then) {
            std::set<std::uint64_t> all = before;
            all.insert(written.begin(), written.end());
            for (const std::uint64_t r : all)
                if (!has_changed(checkpoint, r))
                    wrong += "not told: " + std::to_string(r) + " since " + checkpoint + ' ';
        }
        return wrong;
    }
    bool has_changed(const std::string& since, std::uint64_t r) {
        bool found = false;
        w.server().changes_since("mirror", since, [&](const result<changes>& got) {
            BOOST_TEST_REQUIRE(got.has_value());
            const sector_range area{sectors{r * 8}, sectors{8}};
            for (const sector_range& each : got->ranges) found = found || each.contains(area);
        });
        w.work();
        return found;
    }

    struct leg {
        std::map<std::uint64_t, std::uint64_t> cached, synced;
    };

    world w;
    std::uint64_t luid = 1;
    /// Log of the previous table, until its DTR.
    std::uint64_t old = 0;
    std::mt19937 random;
    leg legs[2];
    std::uint64_t version = 0;
    /// Regions that are marked but not flushed, flushed regions, and the regions that each unanswered FLUSH covers.
    std::set<std::uint64_t> marked, writable;
    std::map<std::uint32_t, std::set<std::uint64_t>> flushes;
    std::set<std::uint64_t> must_be_dirty;
    /// Changes of this epoch, and of each earlier checkpoint.
    std::set<std::uint64_t> written;
    std::map<std::string, std::set<std::uint64_t>> written_since;
    std::vector<std::string> names;
    std::string name;
    bool tracking = false;
};

constexpr int steps = 80;

/// Runs a scenario, and cuts the power after a number of storage calls. @return false: the scenario ended first.
bool run(unsigned seed, std::size_t cut_at, bool forgets_sync, std::string& wrong) {
    kernel k(seed);
    auto& disk = k.w.disks["/log"];
    disk.forgets_sync = forgets_sync;
    std::size_t uses = 0;
    disk.after = [&] {
        if (++uses == cut_at) throw power_cut();
    };
    bool was_cut = false;
    try {
        for (int i = 0; i < steps; ++i) k.step();
    } catch (const power_cut&) {
        was_cut = true;
    }
    wrong = k.power_cut_and_check();
    return was_cut;
}

BOOST_AUTO_TEST_SUITE(model_suite)

BOOST_AUTO_TEST_CASE(power_cut_leaves_differing_regions_dirty) {
    std::size_t cuts = 0;
    for (unsigned seed = 1; seed <= 12; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            std::string wrong;
            for (std::size_t at = 1;; ++at) {
                const bool was_cut = run(seed, at, false, wrong);
                BOOST_TEST(wrong == "", "at use " << at << ": " << wrong);
                if (!was_cut) break;
                ++cuts;
            }
        }
    }
    BOOST_TEST(cuts > 300u);
}

BOOST_AUTO_TEST_CASE(power_cut_without_sync_is_detected) {
    std::size_t violations = 0;
    for (unsigned seed = 1; seed <= 20; ++seed) {
        std::string wrong;
        run(seed, 0, true, wrong);
        violations += !wrong.empty();
    }
    BOOST_TEST(violations > 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
