#pragma once

#include "model/commit_plan.hpp"
#include "model/live_state.hpp"
#include "protocol/log_arguments.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dirtylog {

/// Directories and devices that the logs of this machine use.
struct environment {
    /// Directory of state that outlives the process but not the boot: `/run/dmdirtylogd`.
    std::string directory;
    boot_id boot;
    /// Directory of logs whose path is relative. Empty: relative paths are refused.
    std::string log_directory{};
    /// Returns the devices whose caches to flush for a mirror that names no legs. Unset: none.
    std::function<result<std::vector<std::string>>(const log_uuid&)> find_legs{};
    /// Returns true if a live or inactive table names the log, or if that is unknown. Unset: every log is named.
    std::function<bool(const log_uuid&)> is_named{};
    /// Seams for tests, and for a host that restricts the places of logs.
    std::function<result<std::unique_ptr<storage>>(const std::string&)> open_log = open_log_storage;
    std::function<result<std::unique_ptr<storage>>(const std::string&)> open_leg = dirtylog::open_leg;
};

/// State that a backend has kept from an earlier run.
struct persisted_state {
    journal_state state = journal_state::never_used;
    geometry shape;
    journal_bits bits;
};

/// Result of `backend::open`.
struct opened_log {
    /// MAJOR:MINOR of the device that the kernel holds open. Empty: none.
    std::string device;
    /// nullopt: in memory.
    std::optional<storage_place> place;
};

/**
 * @brief Keeps the state of a log that must outlive the boot.
 * @details
 * The log's jobs call the first part, on a thread that may block, one call at a time. The event loop's thread calls the
 * second part, which neither blocks nor allocates. Apart from @ref marked and the const functions, the second part is
 * called only while no job runs.
 */
class backend {
public:
    virtual ~backend() = default;

    /// Opens the log and refuses an unusable one. Overwrites nothing.
    [[nodiscard]] virtual result<opened_log> open() = 0;
    [[nodiscard]] virtual result<persisted_state> recall() = 0;
    /// Starts the log. Afterwards all regions that are dirty in @p live are dirty on disk.
    [[nodiscard]] virtual result<void> begin(live_state& live, const persisted_state& before) = 0;
    /// Writes the content that @ref prepare collected.
    [[nodiscard]] virtual result<void> commit() = 0;
    [[nodiscard]] virtual result<void> flush_legs() = 0;
    /// @param changed Changes of the ending epoch.
    [[nodiscard]] virtual result<void> begin_epoch(live_state& live, const checkpoint_name& name,
                                                   std::span<const std::uint64_t> changed) = 0;
    [[nodiscard]] virtual result<void> forget_checkpoint(live_state& live, const checkpoint_name& name) = 0;
    /// Returns the changes between a checkpoint and the last one. nullopt: the checkpoint is unknown.
    [[nodiscard]] virtual result<std::optional<bit_words>> changes_since(live_state& live,
                                                                         const checkpoint_name& name) = 0;
    [[nodiscard]] virtual std::vector<std::string> checkpoints(live_state& live) = 0;

    /// Connects the bits of the working log.
    virtual void attach(const region_log&) {}
    virtual void marked(region) noexcept {}
    /// Returns true if a mark must be written before a FLUSH is answered.
    [[nodiscard]] virtual bool has_due() const noexcept { return false; }
    /// Returns true if `begin` failed. Nothing is written until it succeeds.
    [[nodiscard]] virtual bool is_broken() const noexcept { return false; }
    [[nodiscard]] virtual bool has_legs() const noexcept { return false; }
    /// Next step of the lazy clear, see `commit_plan`.
    enum class clear_step { none, wait, flush_legs, commit };
    [[nodiscard]] virtual clear_step next_clear_step(const region_log&) noexcept { return clear_step::none; }
    /// Confirms the idle regions after a flush of the legs.
    virtual void confirm_idle() noexcept {}
    /// Confirms all clean regions of a suspended mirror. The legs are flushed before the commit.
    virtual void confirm_clean(const region_log&) noexcept {}
    virtual void prepare(const region_log&) noexcept {}
    virtual void finish(bool /*written*/) noexcept {}
    /// Regions that are dirty on disk. Empty: the same as in the live state.
    [[nodiscard]] virtual std::span<const std::uint64_t> stored() const noexcept { return {}; }
    /// Health in the status: A for alive, D for failed.
    [[nodiscard]] virtual char health() const noexcept { return 'A'; }
};

[[nodiscard]] std::unique_ptr<backend> make_backend(const environment& env, const log_key& key,
                                                    const log_arguments& arguments);

/// Alternatives of `make_backend`.
[[nodiscard]] std::unique_ptr<backend> make_core_backend();
[[nodiscard]] std::unique_ptr<backend> make_disk_backend(const environment& env, const log_key& key,
                                                         const log_arguments& arguments);

}  // namespace dirtylog
