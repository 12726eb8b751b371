#pragma once

#include "model/start_rules.hpp"
#include "model/tracking.hpp"
#include "storage/backend.hpp"

#include <array>
#include <optional>

namespace dirtylog {

struct mirror_log;

/// Blocking jobs of a log, in execution order. One job runs at a time; `flush_legs` runs beside the others.
enum class job_kind : unsigned { open, load, settle, commit, track, close, flush_legs };
inline constexpr std::size_t job_kinds = 7;

/// A job that runs or may run.
struct job {
    mirror_log* of = nullptr;
    job_kind kind = job_kind::open;
    bool is_running = false;
    result<void> outcome;
};

/// A request that is answered when a job ends.
struct async_event {
    sequence seq;
    /// The server's slot of the request.
    std::size_t slot = 0;
    job_kind of = job_kind::open;
    /// true: the running job answers the request. false: the next job of its kind does.
    bool joined = false;
    enum class gets {
        outcome,
        /// The outcome, and the device if the log has one.
        device,
        /// -EAGAIN.
        again,
    };
    gets answer = gets::outcome;
};

enum class log_phase {
    /// The constructor is not answered yet.
    opening,
    /// No RESUME has arrived yet.
    constructed,
    working,
    /// The next table's log has taken over the state.
    superseded,
    closing,
};

/// One log of the kernel: the state on which `protocol` decides, and the jobs.
struct mirror_log {
    mirror_log(const node& home, const log_key& named, constructor says, std::string as_given, bool was_known);

    const node& on;
    const log_key key;
    const constructor how;
    /// The constructor string as received.
    const std::string text;
    /// `start_facts::again`.
    bool again;
    /// The registry had the log. A log that was resumed before loads without a RESUME.
    bool is_restored = false;
    log_phase phase = log_phase::opening;
    std::uint64_t requests = 0;

    std::unique_ptr<backend> store;
    std::shared_ptr<live_state> live;
    std::optional<region_log> regions;
    std::unique_ptr<recovery_policy> policy;
    /// Not valid while `opening`.
    opened_log where;

    /// Jobs to do, indexed by `job_kind`.
    std::array<bool, job_kinds> wanted{};
    job main;
    job legs;
    bool is_queued = false;
    /// A failure is logged once, until a success.
    bool failure_is_told = false;
    bool legs_failure_is_told = false;

    /// Input of the load: the log whose state is taken over. Output: the source of the bits.
    predecessor before = predecessor::none;
    std::shared_ptr<live_state> before_live;
    /// The predecessor's log lies elsewhere.
    bool before_is_elsewhere = false;
    log_luid before_luid;
    start from = start::fresh;
    std::size_t damaged = 0;

    std::optional<tracking_request> tracking;
    /// Names of the backend's checkpoints.
    std::vector<std::string> checkpoints;

    /// Oldest first. The kernel waits for three requests of a mirror at a time: its thread's, its delayed flush's, and
    /// an ioctl's. The kernel repeats each request after 15 s, so when a fifth request arrives, the oldest of four is
    /// abandoned.
    std::array<async_event, 4> waiters;
    std::size_t waiting = 0;

    [[nodiscard]] bool is_working() const noexcept { return phase == log_phase::working; }
    [[nodiscard]] bool is_suspended() const noexcept { return live && live->phase() == live_phase::suspended; }
    void want(job_kind what) noexcept { wanted[static_cast<std::size_t>(what)] = true; }
    [[nodiscard]] bool wants(job_kind what) const noexcept { return wanted[static_cast<std::size_t>(what)]; }
    [[nodiscard]] bool is_doing(job_kind what) const noexcept { return main.is_running && main.kind == what; }

    /// Runs a job. Blocks, on any thread. Touches no state that the event loop uses meanwhile.
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
