#pragma once

#include "group/group_sync.hpp"

#include <filemap/dm/simulated_kernel.hpp>
#include <filemap/dm/statistics.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::test {

using ranges = std::vector<sector_range>;

[[nodiscard]] constexpr sector_range at(std::uint64_t start, std::uint64_t length) {
    return {sectors{start}, sectors{length}};
}

/// As many ranges of 8 sectors, each a gap of as many sectors from the next.
[[nodiscard]] ranges spread(std::size_t count, std::uint64_t first = 1000, std::uint64_t gap = 8);

/// What a kill throws out of the kernel.
struct killed {};

/// A row of `@stats_list` as this test reads it, without the library's parsers.
struct listed {
    std::uint64_t id = 0;
    std::uint64_t start = 0;
    std::uint64_t length = 0;
    std::string program{};
    /// With the options that the kernel appends.
    std::string aux{};
    std::size_t row_length = 0;

    [[nodiscard]] bool is_leader() const { return aux.starts_with("DMS_GROUP="); }
};

/// A group as its descriptor tells it.
struct described {
    std::uint64_t leader = 0;
    std::string alias_part{};
    std::vector<std::uint64_t> members{};
    std::string user_data{};
};

/// Keeps one group's retired counts beyond a restart. What happens at a message may happen before a save, too.
class remembering_store final : public counter_store {
public:
    explicit remembering_store(std::function<error_code()> before_save) : before_save_(std::move(before_save)) {}

    result<std::optional<carried_state>> load(const std::string&) override {
        if (text.empty()) return std::optional<carried_state>();
        if (auto counts = parse_carried_state(text)) return counts;
        return failure{errc::state_malformed, "load"};
    }
    result<void> save(const std::string&, const carried_state& counts) override {
        if (const error_code error = before_save_()) return failure{error, "save"};
        text = format(counts);
        return {};
    }
    void forget(const std::string&) noexcept override { text.clear(); }

    std::string text;

private:
    std::function<error_code()> before_save_;
};

/**
 * A device with a monitor's group and other programs' regions on it. Before each message of a round, and after it, the
 * list is read as other programs would read it, and whatever is wrong is kept for `complaints`.
 */
class group_world {
public:
    static constexpr device_id device{254, 3};
    static constexpr const char* owner_tag = "fm-0123456789";

    group_world();
    group_world(const group_world&) = delete;
    group_world& operator=(const group_world&) = delete;

    /// A region of another program, or another group's; the rounds must leave it as it is.
    std::uint64_t add_stranger(sector_range range, std::string aux = "-", std::string program = "dmstats");
    void remove_stranger(std::uint64_t id);
    /// A group as dmstats makes it, which the monitor is to be started with.
    void add_dmstats_group(const ranges& of, const std::string& alias_part, const std::string& user_data = "-");
    /// A region goes by another program's hand.
    void delete_region(std::uint64_t id);

    /// Forgets everything that a process remembers: the next round is the first of a new one.
    void restart() { sync.reset(); }
    /// A whole round. @return Its report.
    sync_report round(const ranges& file, bool confirm = true);
    /// As a monitor does it, which has mapped the file. @param first Since a restart, or of this file.
    sync_report round(const fs::extent_map& map, bool first);

    [[nodiscard]] std::vector<listed> rows() const;
    [[nodiscard]] std::optional<listed> row(std::uint64_t id) const;
    /// Our groups, strangers' left out.
    [[nodiscard]] std::vector<described> groups() const;
    /// Everything in which the device is not as it has to be after a round for this file; empty if nothing.
    [[nodiscard]] std::string out_of_sync(const ranges& file) const;

    /// Completes one write of so many sectors at the beginning of each of these.
    void write(const ranges& where, std::uint64_t length = 8);
    [[nodiscard]] std::uint64_t writes_counted(std::uint64_t id) const;
    /// By our regions, those that are gone too.
    [[nodiscard]] std::uint64_t writes_counted() const;

    mutable dm::simulated_kernel kernel;
    group_state initial;
    /// What a group of an earlier life is to become.
    std::optional<group_settings> configured;
    plan_options options;
    std::shared_ptr<remembering_store> store;
    std::optional<group_sync> sync;
    std::atomic<bool> stop_requested = false;

    /// Called before each message of a round with its number, after the check, and before each save ("@save"). May send
    /// messages; an error is the message's.
    std::function<error_code(std::uint64_t, std::string_view)> intrude;
    /// Messages and saves of rounds.
    std::uint64_t calls = 0;
    /// Another program deletes and makes regions meanwhile: members may be gone, and a message that was on its way may
    /// hit its region.
    bool others_at_work = false;
    /// Large groups are checked before each so many messages only, for it takes time, and before those that may change
    /// the group itself.
    std::uint64_t check_each = 1;
    /// What was wrong at any moment so far; empty if nothing.
    [[nodiscard]] std::string complaints() const;

private:
    [[nodiscard]] dm::statistics unwatched() const { return {kernel, device}; }
    [[nodiscard]] bool is_stranger(const listed& row) const;
    error_code before(std::string_view text);
    sync_report carry_out(const std::function<void()>& begin);
    void check_readable();
    void complain(const std::string& what);

    bool in_round_ = false;
    std::vector<std::string> problems_;
    std::map<std::uint64_t, listed> strangers_;
};

}  // namespace filemap::test
