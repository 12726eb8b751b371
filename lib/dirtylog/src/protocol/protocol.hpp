#pragma once

#include "netlink/datagram.hpp"
#include "protocol/mirror_log.hpp"
#include "protocol/registry.hpp"

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace dirtylog {

struct protocol_options {
    /// Creates the policy of a resumed log. Empty: the lowest region is copied first.
    std::function<std::unique_ptr<recovery_policy>(const log_key&, const log_arguments&)> policy;
};

/// Status of a log for people.
struct log_status {
    log_key key;
    log_phase phase = log_phase::opening;
    std::string arguments;
    geometry shape;
    region_count in_sync;
    region_count dirty;
    /// For `disk` only: regions that are copied after a reboot.
    std::optional<region_count> dirty_on_disk;
    std::optional<region> recovering;
    char health = 'A';
    /// Requests for this log since the process knows it.
    std::uint64_t requests = 0;
};

/**
 * @brief Decides the answers to the kernel. Without I/O.
 * @details
 * @ref step answers most requests at once and does not allocate. Other requests are answered when a *job* has ended;
 * each log runs one job at a time. `next_job` returns the jobs that may start, `mirror_log::run` executes one where it
 * may block, and `complete` delivers the answers. Each waiting request is answered on its own, including requests that
 * the kernel has repeated meanwhile. A request may arrive twice, and any request may be lost. If a log is unknown or
 * not resumed, requests about I/O are answered with -ESRCH: the kernel then constructs and resumes the log, and repeats
 * the request.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe, except `mirror_log::run`.
 */
class protocol {
public:
    enum class verdict {
        /// The reply contains the answer.
        reply,
        /// `complete` delivers the answer.
        wait,
        /// Like `wait`. The request in slot @ref replaced gets no answer, since the kernel has abandoned it.
        replace,
    };
    /// @param slot The argument of `step`.
    using answer = std::function<void(const reply&, std::size_t slot)>;

    protocol(environment env, logger log, protocol_options options = {});
    protocol(const protocol&) = delete;
    protocol& operator=(const protocol&) = delete;

    /// Restores the logs that the kernel still uses. Call it, and run the jobs, before the first step.
    void restore(const std::vector<log_record>& records);

    [[nodiscard]] verdict step(const kernel_request& message, reply& out, std::size_t slot);

    [[nodiscard]] std::size_t replaced() const noexcept { return replaced_; }

    /// Returns a job to run and complete. nullptr: no job may start now.
    [[nodiscard]] job* next_job();
    void complete(job& done, const answer& give);

    /// Returns true if a clean region is still dirty on disk. The caller then runs `clear_round` after some idle
    /// seconds.
    [[nodiscard]] bool wants_clear_round() const noexcept { return wants_clear_round_; }
    /// Advances the lazy clear. A region that is idle for two rounds becomes clean on disk.
    void clear_round();

    /// @name Changed blocks of the working log of a name. `complete` calls @p done; on failure the call itself does.
    /// @{
    using tracked = std::function<void(result<changes>)>;
    void begin_checkpoint(std::string_view uuid, std::string_view name, tracked done);
    void forget_checkpoint(std::string_view uuid, std::string_view name, tracked done);
    void changes_since(std::string_view uuid, std::string_view name, tracked done);
    [[nodiscard]] std::vector<std::string> checkpoints(std::string_view uuid) const;
    /// @}

    [[nodiscard]] std::vector<log_status> status() const;

private:
    struct key_hash {
        std::size_t operator()(const log_key& key) const noexcept {
            return std::hash<std::uint64_t>()(key.luid.value());
        }
    };
    struct request_handler;

    [[nodiscard]] mirror_log* find(const log_key& key) noexcept;
    [[nodiscard]] mirror_log* find_working(std::string_view uuid) const noexcept;
    mirror_log& add(const log_key& key, log_arguments arguments, std::string text, bool known_before);
    void queue(mirror_log& log);
    verdict wait(mirror_log& log, job_kind kind, const kernel_request& message, std::size_t slot,
                 waiting_request::reply_kind what);
    void want(mirror_log& log, job_kind what);

    [[nodiscard]] job* start(mirror_log& log);
    [[nodiscard]] bool may_start(const mirror_log& log, job_kind what) const noexcept;
    void prepare(mirror_log& log, job_kind what);
    void prepare_load(mirror_log& log);
    void send_answers(mirror_log& log, job_kind kind, int error, bool is_last, const answer& give);
    void complete_open(mirror_log& log, const result<void>& outcome);
    void complete_load(mirror_log& log, const result<void>& outcome);
    void resolve_duplicates(mirror_log& log);
    void complete_commit(mirror_log& log, const result<void>& outcome);
    void complete_legs(mirror_log& log, const result<void>& outcome);
    void complete_track(mirror_log& log, const result<void>& outcome);
    void track(std::string_view uuid, std::string_view name, tracking_request::kind what, tracked done);
    void log_about(log_level level, const mirror_log& log, std::string_view text) const;

    environment env_;
    logger log_;
    protocol_options options_;
    std::unordered_map<log_key, std::unique_ptr<mirror_log>, key_hash> logs_;
    std::vector<mirror_log*> queue_;
    std::size_t replaced_ = 0;
    bool wants_clear_round_ = false;
};

/// Returns the error as the kernel expects it: a negative errno.
[[nodiscard]] int reply_error(const failure& why) noexcept;

}  // namespace dirtylog
