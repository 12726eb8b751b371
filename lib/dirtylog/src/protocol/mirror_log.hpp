#pragma once

#include "model/start_rules.hpp"
#include "model/tracking.hpp"
#include "storage/backend.hpp"

#include <array>
#include <optional>

namespace dirtylog {

struct mirror_log;

/// Blocking jobs of a log, in execution order. Jobs run one at a time; `flush_legs` runs beside the others.
enum class job_kind : unsigned { open, load, settle, commit, track, close, flush_legs };
inline constexpr std::size_t job_kinds = 7;

/// A job that runs or may run.
struct job {
    mirror_log* log = nullptr;
    job_kind kind = job_kind::open;
    bool is_running = false;
    result<void> outcome;
};

/// A request that is answered when a job ends.
struct waiting_request {
    sequence seq;
    /// The server's slot of the request.
    std::size_t slot = 0;
    job_kind kind = job_kind::open;
    /// true: the running job answers the request. false: the next job of its kind does.
    bool joined = false;
    enum class reply_kind {
        outcome,
        /// The outcome, and the device if the log has one.
        device,
        /// -EAGAIN.
        again,
    };
    reply_kind answer = reply_kind::outcome;
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

/// Log of the kernel: the state on which `protocol` decides, and the jobs.
struct mirror_log {
    mirror_log(const environment& env, const log_key& name, log_arguments parsed, std::string text, bool is_known);

    const environment& env;
    const log_key key;
    const log_arguments arguments;
    /// The constructor string as received.
    const std::string argument_text;
    /// `start_facts::known_before`.
    bool known_before;
    /// The registry had the log. The log loads without a RESUME if it was resumed before.
    bool is_restored = false;
    log_phase phase = log_phase::opening;
    std::uint64_t requests = 0;

    std::unique_ptr<backend> store;
    std::shared_ptr<live_state> live;
    std::optional<region_log> regions;
    std::unique_ptr<recovery_policy> policy;
    /// Not valid while `opening`.
    opened_log opened;

    /// Jobs to do, indexed by `job_kind`.
    std::array<bool, job_kinds> wanted{};
    job main;
    job legs;
    bool is_queued = false;
    /// A failure is logged once, until a success.
    bool failure_is_logged = false;
    bool legs_failure_is_logged = false;

    /// Input of the load: the log whose state is taken over. Output: the source of the bits.
    predecessor previous = predecessor::none;
    std::shared_ptr<live_state> previous_live;
    /// The predecessor's log lies elsewhere.
    bool previous_is_elsewhere = false;
    log_luid previous_luid;
    start_source source = start_source::fresh;
    std::size_t damaged = 0;

    std::optional<tracking_request> tracking;
    /// Names of the backend's checkpoints.
    std::vector<std::string> checkpoints;

    /// Oldest first. The kernel waits for three requests of a mirror at a time: its thread's, its delayed flush's, and
    /// an ioctl's. The kernel repeats each request after 15 s, so when a fifth request arrives, the oldest of four is
    /// abandoned.
    std::array<waiting_request, 4> waiters;
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
    result<void> make_live(const persisted_state& stored);
    result<void> settle();
    result<void> track();
    void close() noexcept;
};

}  // namespace dirtylog
