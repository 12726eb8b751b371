#pragma once

#include "model/commit_plan.hpp"
#include "model/live_state.hpp"
#include "protocol/log_arguments.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dirtylog {

/// What the logs of this machine live on.
struct node {
    /// Of what outlives the process, but not the boot: `/run/dmdirtylogd`.
    std::string directory;
    boot_id boot;
    /// Where logs lie whose path is relative; empty: there are none.
    std::string log_directory{};
    /// The devices whose caches are flushed for a mirror that names no legs. Without, those of none.
    std::function<result<std::vector<std::string>>(const log_uuid&)> find_legs{};
    /// Whether any table names the log, be it in force or not; true if that cannot be told. Without, each is named.
    std::function<bool(const log_uuid&)> is_named{};
    /// Seams for tests, and for who does not take every place.
    std::function<result<std::unique_ptr<storage>>(const std::string&)> open_log = open_log_storage;
    std::function<result<std::unique_ptr<storage>>(const std::string&)> open_leg = dirtylog::open_leg;
};

/// What a backend has kept from before.
struct kept {
    journal_state state = journal_state::never_used;
    geometry shape;
    journal_bits bits;
};

/// What a backend has opened.
struct opened_log {
    /// What the kernel is to hold open: MAJOR:MINOR, or nothing.
    std::string device;
    /// Nowhere: in memory.
    std::optional<storage_place> place;
};

/**
 * @brief Where a log keeps, beside its live state, what must outlive the boot.
 * @details
 * The first part is called by the log's job, on a thread that may block, one call at a time; the second on the event
 * loop's thread, without blocking or allocating, and but for @ref marked and the questions only while no job runs.
 */
class backend {
public:
    virtual ~backend() = default;

    /// Refuses what cannot serve. Writes nothing over what is there.
    [[nodiscard]] virtual result<opened_log> open() = 0;
    [[nodiscard]] virtual result<kept> recall() = 0;
    /// The log begins: afterwards all that is dirty in @p live is so on disk.
    [[nodiscard]] virtual result<void> begin(live_state& live, const kept& before) = 0;
    /// Writes what @ref prepare has put together.
    [[nodiscard]] virtual result<void> commit() = 0;
    [[nodiscard]] virtual result<void> flush_legs() = 0;
    /// @param changed In the epoch that ends.
    [[nodiscard]] virtual result<void> begin_epoch(live_state& live, const checkpoint_name& name,
                                                   std::span<const std::uint64_t> changed) = 0;
    [[nodiscard]] virtual result<void> forget_checkpoint(live_state& live, const checkpoint_name& name) = 0;
    /// What has changed since, up to the last checkpoint. nullopt: nothing is known of it, so everything.
    [[nodiscard]] virtual result<std::optional<bit_words>> changes_since(live_state& live,
                                                                         const checkpoint_name& name) = 0;
    [[nodiscard]] virtual std::vector<std::string> checkpoints(live_state& live) = 0;

    /// The log works, by these bits.
    virtual void attach(const region_log&) {}
    virtual void marked(region) noexcept {}
    /// Whether a mark must be written before a FLUSH is answered.
    [[nodiscard]] virtual bool has_due() const noexcept { return false; }
    /// It could not begin: nothing is written until it does.
    [[nodiscard]] virtual bool is_broken() const noexcept { return false; }
    [[nodiscard]] virtual bool has_legs() const noexcept { return false; }
    /// One step of the lazy clear: see `commit_plan`.
    enum class clear_step { none, wait, flush_legs, commit };
    [[nodiscard]] virtual clear_step next_clear_step(const region_log&) noexcept { return clear_step::none; }
    /// The legs were flushed.
    virtual void confirm_idle() noexcept {}
    /// The mirror is suspended, and its legs are flushed before the commit.
    virtual void confirm_clean(const region_log&) noexcept {}
    virtual void prepare(const region_log&) noexcept {}
    virtual void finish(bool /*written*/) noexcept {}
    /// What is not clean on disk, if that is not what is not clean.
    [[nodiscard]] virtual std::span<const std::uint64_t> stored() const noexcept { return {}; }
    /// For the status: A for alive, D for failed.
    [[nodiscard]] virtual char health() const noexcept { return 'A'; }
};

[[nodiscard]] std::unique_ptr<backend> make_backend(const node& on, const log_key& key, const constructor& how);

/// Chosen by `make_backend`.
[[nodiscard]] std::unique_ptr<backend> make_core_backend();
[[nodiscard]] std::unique_ptr<backend> make_disk_backend(const node& on, const log_key& key, const constructor& how);

}  // namespace dirtylog
