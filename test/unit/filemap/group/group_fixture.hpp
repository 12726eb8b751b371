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

/// Returns @p count ranges of 8 sectors, separated by gaps of 8 sectors.
[[nodiscard]] ranges spread(std::size_t count, std::uint64_t first = 1000, std::uint64_t gap = 8);

/// Exception that ends a round as a kill would.
struct killed {};

/// A row of `@stats_list`, parsed without the library's parsers.
struct listed {
    std::uint64_t id = 0;
    std::uint64_t start = 0;
    std::uint64_t length = 0;
    std::string program{};
    /// Includes the options that the kernel appends.
    std::string aux{};
    std::size_t row_length = 0;

    [[nodiscard]] bool is_leader() const { return aux.starts_with("DMS_GROUP="); }
};

/// A group according to its descriptor.
struct described {
    std::uint64_t leader = 0;
    std::string alias_part{};
    std::vector<std::uint64_t> members{};
    std::string user_data{};
};

/// Stores the carried counters of one group across restarts. Calls the message hook before each save, too.
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
 * A device with a monitor's group and regions of other programs. Reads the list before and after each message of a
 * round, as other programs would, and collects errors in `complaints`.
 */
class group_world {
public:
    static constexpr device_id device{254, 3};
    static constexpr const char* owner_tag = "fm-0123456789";

    group_world();
    group_world(const group_world&) = delete;
    group_world& operator=(const group_world&) = delete;

    /// Adds a region of another program or group, which the rounds must not change.
    std::uint64_t add_stranger(sector_range range, std::string aux = "-", std::string program = "dmstats");
    void remove_stranger(std::uint64_t id);
    /// Adds a group as dmstats makes it, for the monitor to use.
    void add_dmstats_group(const ranges& of, const std::string& alias_part, const std::string& user_data = "-");
    /// Deletes a region as another program would.
    void delete_region(std::uint64_t id);

    /// Forgets all state of the process: the next round is the first of a new process.
    void restart() { sync.reset(); }
    /// Performs a whole round. @return Its report.
    sync_report round(const ranges& file, bool confirm = true);
    /// Performs a round as a monitor does after mapping the file. @param first True for the first map since a restart,
    /// or of this file.
    sync_report round(const fs::extent_map& map, bool first);

    [[nodiscard]] std::vector<listed> rows() const;
    [[nodiscard]] std::optional<listed> row(std::uint64_t id) const;
    /// Returns the groups of this monitor.
    [[nodiscard]] std::vector<described> groups() const;
    /// Describes the differences between the device and the expected state after a round for this file; empty if there
    /// are none.
    [[nodiscard]] std::string out_of_sync(const ranges& file) const;

    /// Completes one write of this many sectors at the start of each range.
    void write(const ranges& where, std::uint64_t length = 8);
    [[nodiscard]] std::uint64_t writes_counted(std::uint64_t id) const;
    /// Returns the count of our regions, including deleted ones.
    [[nodiscard]] std::uint64_t writes_counted() const;

    mutable dm::simulated_kernel kernel;
    group_state initial;
    /// Configuration for the group of an earlier process.
    std::optional<group_settings> configured;
    plan_options options;
    std::shared_ptr<remembering_store> store;
    std::optional<group_sync> sync;
    std::atomic<bool> stop_requested = false;

    /// Called before each message of a round with its number, after the check, and before each save ("@save"). May send
    /// messages; a returned error fails the message.
    std::function<error_code(std::uint64_t, std::string_view)> intrude;
    /// Number of messages and saves of rounds.
    std::uint64_t calls = 0;
    /// True if another program changes regions meanwhile: members may be missing, and a delayed message may hit its
    /// region.
    bool others_at_work = false;
    /// Large groups are checked only before every n-th message, and before messages that may change the group itself,
    /// to save time.
    std::uint64_t check_each = 1;
    /// Returns all errors so far; empty if there are none.
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
