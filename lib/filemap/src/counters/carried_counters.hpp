#pragma once

#include <filemap/dm/counters.hpp>
#include <filemap/error.hpp>
#include <filemap/plan.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace filemap {

/// A region before its deletion, with its counters.
struct pending_deletion {
    group_region region;
    dm::counters counted;
    friend bool operator==(const pending_deletion&, const pending_deletion&) = default;
};

/**
 * @brief Stored counters of deleted regions. Added to the live counters, so a file's totals are monotonic.
 * @details
 * The state is saved before regions are deleted, and names those regions. After a kill, the reader adds the counts of a
 * named region only if the region no longer exists. If the region still exists, the kernel keeps counting its I/O.
 */
struct carried_state {
    dm::counters total;
    /// Sectors written before a region covered them. Not part of the total.
    sectors inferred;
    std::vector<pending_deletion> pending;
    /// Regions that the current round replaces. Any other region of the group within an existing replaced region was
    /// created later, and its counts are contained in the older region's counts.
    std::vector<group_region> replaced;
    /// The file had no extents, so no group in the kernel identifies these counts.
    bool without_group = false;
    friend bool operator==(const carried_state&, const carried_state&) = default;
};

/// Returns the text that a counter store saves.
[[nodiscard]] std::string format(const carried_state& counts);
/// Returns an empty optional if the text was not made by @ref format.
[[nodiscard]] std::optional<carried_state> parse_carried_state(std::string_view text);

/// Storage of carried counters that outlives the process.
class counter_store {
public:
    virtual ~counter_store() = default;

    /// @param name File name for the group. @return Empty if nothing is stored.
    /// @par Errors System errors; `errc::state_malformed`.
    [[nodiscard]] virtual result<std::optional<carried_state>> load(const std::string& name) = 0;
    /// Replaces the stored state atomically.
    [[nodiscard]] virtual result<void> save(const std::string& name, const carried_state& counts) = 0;
    virtual void forget(const std::string& name) noexcept = 0;
};

/**
 * @brief Stores one file for each group in a directory, replaced by rename.
 * @details
 * The directory belongs below `/run`, where files outlive the process and disappear at a boot, like the kernel's
 * counters. The store syncs no file to a disk. Only the owner can read the files, as only root can read the kernel's
 * counters. The parent directory must be writable by the owner only.
 * @par Thread-safety  Distinct names: safe.
 */
class counter_directory final : public counter_store {
public:
    /// @param path Directory, created by the first save; the parent directory must exist.
    explicit counter_directory(std::string path) : path_(std::move(path)) {}

    [[nodiscard]] result<std::optional<carried_state>> load(const std::string& name) override;
    [[nodiscard]] result<void> save(const std::string& name, const carried_state& counts) override;
    void forget(const std::string& name) noexcept override;

private:
    std::string path_;
};

/**
 * @brief Carried counters of one group, kept in step with a store.
 * @details @ref failed reports failures of the store. The counts stay in memory.
 */
class carried_counters {
public:
    /// @param store nullptr: the counts end with this object.
    explicit carried_counters(std::shared_ptr<counter_store> store) : store_(std::move(store)) {}

    /**
     * @brief Loads the state of an earlier process. Later calls do nothing.
     * @param name           Name in the store.
     * @param group_is_there True if the kernel has a region of the group. If false, the stored state belongs to another
     * group, unless the file had no extents.
     * @param is_there       Returns true if a region still exists, so that the kernel has its counts.
     * @return The store's error if it may be temporary; then call again. @ref failed reports other failures, and
     * counting starts at zero.
     */
    [[nodiscard]] result<void> restore(const std::string& name, bool group_is_there,
                                       const std::function<bool(const group_region&)>& is_there);

    /// Starts the replacement of regions. Regions that overlap a region of an unfinished replacement are newer, and are
    /// not added.
    void replace(const std::vector<group_region>& regions, bool without_group);
    /// Returns the replaced regions, ascending by id.
    [[nodiscard]] const std::vector<group_region>& replaced() const noexcept { return counts_.replaced; }
    /// Removes regions that no longer exist.
    void keep_replaced(const std::function<bool(const group_region&)>& is_there);

    /// Stores regions and their counts before their deletion.
    void prepare_deletion(std::vector<pending_deletion> regions, bool without_group);
    [[nodiscard]] bool is_pending(const group_region& region) const;
    [[nodiscard]] const std::vector<pending_deletion>& pending() const noexcept { return counts_.pending; }
    /// Reports that a pending region was deleted, or that its deletion failed.
    void finish_deletion(const group_region& region, bool deleted);
    /// Adds counts that another program has cleared, or deleted with their regions, and stores them at once.
    void add_lost(const dm::counters& counted, bool without_group);
    /// Adds estimated sectors, which the next update stores.
    void infer(sectors written);
    /// Stores changes, if there is a store.
    void update(bool without_group);
    void forget() noexcept;
    /// Deletes the stored state and resets all counts to zero.
    void reset() noexcept;

    /// Returns the counts. May be called while another thread is in `add_lost`.
    [[nodiscard]] dm::counters total() const {
        const std::scoped_lock lock(total_mutex_);
        return counts_.total;
    }
    [[nodiscard]] sectors inferred() const noexcept { return counts_.inferred; }
    /// Returns the last failure since the previous call.
    [[nodiscard]] std::shared_ptr<const failure> failed() { return std::exchange(failed_, nullptr); }

private:
    void save(bool without_group);

    std::shared_ptr<counter_store> store_;
    std::string name_;
    mutable std::mutex total_mutex_;
    carried_state counts_;
    bool stored_ = false;
    bool changed_ = false;
    std::shared_ptr<const failure> failed_;
};

}  // namespace filemap
