#pragma once

#include "model/start_rules.hpp"
#include "model/tracking.hpp"
#include "storage/backend.hpp"

#include <array>
#include <optional>

namespace dirtylog {

struct mirror_log;

/// What a log does where it may block, one at a time; `flush_legs` beside the others. In the order in which they go.
enum class job_kind : unsigned { open, load, settle, commit, track, close, flush_legs };
inline constexpr std::size_t job_kinds = 7;

/// One that is being done, or could be.
struct job {
    mirror_log* of = nullptr;
    job_kind kind = job_kind::open;
    bool is_running = false;
    result<void> outcome;
};

/// A request that is answered when a job has ended.
struct async_event {
    sequence seq;
    /// Where the server keeps the request.
    std::size_t slot = 0;
    job_kind of = job_kind::open;
    /// The job that runs is the one; or the next of its kind is.
    bool joined = false;
    enum class gets {
        outcome,
        /// And the device, if there is one.
        device,
        /// -EAGAIN.
        again,
    };
    gets answer = gets::outcome;
};

enum class log_phase {
    /// The constructor was not answered yet.
    opening,
    /// Not resumed yet, as far as is known.
    constructed,
    working,
    /// The log of the next table goes on with its state.
    superseded,
    closing,
};

/// All of one log of the kernel's: what `protocol` decides on, and what its jobs do.
struct mirror_log {
    mirror_log(const node& home, const log_key& named, constructor says, std::string as_given, bool was_known);

    const node& on;
    const log_key key;
    const constructor how;
    /// The constructor as the kernel gave it.
    const std::string text;
    /// `start_facts::again`.
    bool again;
    /// It is loaded without being asked if it was resumed.
    bool is_restored = false;
    log_phase phase = log_phase::opening;
    std::uint64_t requests = 0;

    std::unique_ptr<backend> store;
    std::shared_ptr<live_state> live;
    std::optional<region_log> regions;
    std::unique_ptr<recovery_policy> policy;
    /// Not while it is `opening`.
    opened_log where;

    /// Of the jobs that are to be done, by `job_kind`.
    std::array<bool, job_kinds> wanted{};
    job main;
    job legs;
    bool is_queued = false;
    /// Said once, until it works again.
    bool failure_is_told = false;
    bool legs_failure_is_told = false;

    /// For the load: whose state to go on with; and what came of it.
    predecessor before = predecessor::none;
    std::shared_ptr<live_state> before_live;
    /// It was kept elsewhere.
    bool before_is_elsewhere = false;
    log_luid before_luid;
    start from = start::fresh;
    std::size_t damaged = 0;

    std::optional<tracking_request> tracking;
    /// Names of those that the backend has.
    std::vector<std::string> checkpoints;

    /// The oldest first. The kernel waits for three of a mirror at a time: its thread's, its delayed flush's, and an
    /// ioctl's. It sends each again after 15 s, so that the oldest of four and one more is one that it has given up.
    std::array<async_event, 4> waiters;
    std::size_t waiting = 0;

    [[nodiscard]] bool is_working() const noexcept { return phase == log_phase::working; }
    [[nodiscard]] bool is_suspended() const noexcept { return live && live->phase() == live_phase::suspended; }
    void want(job_kind what) noexcept { wanted[static_cast<std::size_t>(what)] = true; }
    [[nodiscard]] bool wants(job_kind what) const noexcept { return wanted[static_cast<std::size_t>(what)]; }
    [[nodiscard]] bool is_doing(job_kind what) const noexcept { return main.is_running && main.kind == what; }

    /// Blocks; on any thread. Touches nothing that the event loop does meanwhile.
    void run(job& what);

private:
    result<void> open();
    result<void> load();
    result<void> make_live(const kept& stored);
    result<void> settle();
    result<void> track();
    void close() noexcept;
};

}  // namespace dirtylog
