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

/// A region that is about to be deleted, and what it had counted.
struct pending_deletion {
    group_region region;
    dm::counters counted;
    friend bool operator==(const pending_deletion&, const pending_deletion&) = default;
};

/**
 * @brief What the regions had counted that a group no longer has, so that the totals of a file never go down.
 * @details
 * Stored before regions are deleted, with those regions named: whoever reads it after a kill counts such a region here
 * if it is gone, and leaves it alone if it is still there, where the kernel goes on counting it.
 */
struct carried_state {
    dm::counters total;
    /// Written before there were regions that would have counted it: no part of the total.
    sectors inferred;
    std::vector<pending_deletion> pending;
    /// Regions that a round under way replaces. Whatever else of the group lies within one that is still there was made
    /// later, and has counted nothing that this has not.
    std::vector<group_region> replaced;
    /// The file had no extents, so there is no group in the kernel by which these counts are known to be its.
    bool without_group = false;
    friend bool operator==(const carried_state&, const carried_state&) = default;
};

/// As text, to be kept.
[[nodiscard]] std::string format(const carried_state& counts);
/// Empty: not what @ref format has made.
[[nodiscard]] std::optional<carried_state> parse_carried_state(std::string_view text);

/// Where retired counts outlive the process.
class counter_store {
public:
    virtual ~counter_store() = default;

    /// @param name Of the group: a file name. @return Empty if nothing is stored.
    /// @par Errors What the system gives; `errc::state_malformed`.
    [[nodiscard]] virtual result<std::optional<carried_state>> load(const std::string& name) = 0;
    /// Replaces what is stored, all or nothing.
    [[nodiscard]] virtual result<void> save(const std::string& name, const carried_state& counts) = 0;
    virtual void forget(const std::string& name) noexcept = 0;
};

/**
 * @brief A file for each group in one directory, replaced by rename.
 * @details
 * Meant for a directory below `/run`: it outlives the process, and goes at a boot, when the kernel's counters go too.
 * Nothing is synced to a disk. Only its owner may read it, as only root may read the kernel's counters. Where the
 * directory is made nobody else may be able to make one.
 * @par Thread-safety  Distinct names: safe.
 */
class counter_directory final : public counter_store {
public:
    /// @param path Made when something is first saved; the directory above it must be there.
    explicit counter_directory(std::string path) : path_(std::move(path)) {}

    [[nodiscard]] result<std::optional<carried_state>> load(const std::string& name) override;
    [[nodiscard]] result<void> save(const std::string& name, const carried_state& counts) override;
    void forget(const std::string& name) noexcept override;

private:
    std::string path_;
};

/**
 * @brief The retired counts of one group, kept in step with a store.
 * @details What the store fails at is told by @ref failed; the counts go on in memory.
 */
class carried_counters {
public:
    /// @param store Or nullptr: the counts end with this object.
    explicit carried_counters(std::shared_ptr<counter_store> store) : store_(std::move(store)) {}

    /**
     * @brief Takes up what an earlier life has stored. Later calls do nothing.
     * @param name           In the store.
     * @param group_is_there Something of the group is in the kernel. If not, what is stored is of another group, unless
     * the file had no extents.
     * @param is_there       Whether a region is there still, so that the kernel tells its counts.
     * @return What the store gave if it may pass: then it is to be called again. Else a failure is told by @ref failed,
     * and counting begins anew.
     */
    [[nodiscard]] result<void> restore(const std::string& name, bool group_is_there,
                                       const std::function<bool(const group_region&)>& is_there);

    /// A round begins that replaces these. Those that overlap what an earlier round was to replace are newer than that,
    /// and are no older ones for whatever replaces them.
    void replace(const std::vector<group_region>& regions, bool without_group);
    /// Ascending by id.
    [[nodiscard]] const std::vector<group_region>& replaced() const noexcept { return counts_.replaced; }
    /// Drops what is not there any more.
    void keep_replaced(const std::function<bool(const group_region&)>& is_there);

    /// These are about to be deleted: stored with their counts before that.
    void prepare_deletion(std::vector<pending_deletion> regions, bool without_group);
    [[nodiscard]] bool is_pending(const group_region& region) const;
    [[nodiscard]] const std::vector<pending_deletion>& pending() const noexcept { return counts_.pending; }
    /// One of them was deleted, or not after all.
    void finish_deletion(const group_region& region, bool deleted);
    /// Another program has cleared this away, or deleted with its regions: stored at once.
    void add_lost(const dm::counters& counted, bool without_group);
    /// Stored by the next update.
    void infer(sectors written);
    /// Stores what has changed, if anything is stored at all.
    void update(bool without_group);
    void forget() noexcept;
    /// As @ref forget, and counts begin at zero.
    void reset() noexcept;

    /// Also while another thread is in `add_lost`.
    [[nodiscard]] dm::counters total() const {
        const std::scoped_lock lock(total_mutex_);
        return counts_.total;
    }
    [[nodiscard]] sectors inferred() const noexcept { return counts_.inferred; }
    /// Since the last call.
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
