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
    /// For each log that is resumed; without, the lowest region is copied first.
    std::function<std::unique_ptr<recovery_policy>(const log_key&, const constructor&)> policy;
};

/// What a log is, for a person.
struct log_status {
    log_key key;
    log_phase phase = log_phase::opening;
    std::string arguments;
    geometry shape;
    region_count in_sync;
    region_count dirty;
    /// Of `disk`; what is copied after a reboot.
    std::optional<region_count> dirty_on_disk;
    std::optional<region> recovering;
    char health = 'A';
    /// Of this log, since this process knows it.
    std::uint64_t requests = 0;
};

/**
 * @brief What is answered to the kernel, without I/O.
 * @details
 * Most requests are answered by @ref step at once, without an allocation. Some are answered when a *job* has ended, one
 * at a time for a log: `next_job` gives the jobs that may start, `mirror_log::run` does one where it may block, and
 * `complete` gives the answers: each request that waits gets its own, also those that the kernel has sent again
 * meanwhile. A request may come twice, and any may be missing. Of a log that is not known, or was not resumed as far as
 * is known, everything that tells of I/O is answered -ESRCH: then the kernel constructs and resumes it, and asks again.
 *
 * @par Thread-safety  Distinct objects: safe. Shared objects: unsafe; but for `mirror_log::run`.
 */
class protocol {
public:
    enum class verdict {
        /// The answer stands in the reply.
        reply,
        /// `complete` gives it.
        wait,
        /// The same, and the one whose slot is @ref replaced gets no answer: the kernel has given it up.
        replace,
    };
    /// @param slot As it was given to `step`.
    using answer = std::function<void(const reply&, std::size_t slot)>;

    protocol(node on, logger log, protocol_options options = {});
    protocol(const protocol&) = delete;
    protocol& operator=(const protocol&) = delete;

    /// Takes up the logs that the kernel goes on with. To be called, and the jobs to be run, before the first step.
    void restore(const std::vector<log_record>& records);

    [[nodiscard]] verdict step(const request& asked, reply& out, std::size_t slot);

    [[nodiscard]] std::size_t replaced() const noexcept { return replaced_; }

    /// nullptr: none may start now. Each one that is given must be run and completed.
    [[nodiscard]] job* next_job();
    void complete(job& done, const answer& give);

    /// Something is clean and not so on disk: `clear_round` should be called when it was idle for some seconds.
    [[nodiscard]] bool wants_clear_round() const noexcept { return wants_clear_round_; }
    /// Two rounds make a region clean on disk that is idle for so long.
    void clear_round();

    /// @name Changed blocks. Of the log of that name that works; @p done is called by `complete`, or at once on
    /// failure.
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
    struct stepping;

    [[nodiscard]] mirror_log* find(const log_key& key) noexcept;
    [[nodiscard]] mirror_log* find_working(std::string_view uuid) const noexcept;
    mirror_log& add(const log_key& key, constructor how, std::string text, bool again);
    void queue(mirror_log& log);
    verdict wait(mirror_log& log, job_kind of, const request& asked, std::size_t slot, async_event::gets what);
    void want(mirror_log& log, job_kind what);

    [[nodiscard]] job* start(mirror_log& log);
    [[nodiscard]] bool may_start(const mirror_log& log, job_kind what) const noexcept;
    void prepare(mirror_log& log, job_kind what);
    void prepare_load(mirror_log& log);
    void give_answers(mirror_log& log, job_kind of, int error, bool is_last, const answer& give);
    void complete_open(mirror_log& log, const result<void>& outcome);
    void complete_load(mirror_log& log, const result<void>& outcome);
    void settle_twins(mirror_log& log);
    void complete_commit(mirror_log& log, const result<void>& outcome);
    void complete_legs(mirror_log& log, const result<void>& outcome);
    void complete_track(mirror_log& log, const result<void>& outcome);
    void track(std::string_view uuid, std::string_view name, tracking_request::kind what, tracked done);
    void tell(log_level level, const mirror_log& log, std::string_view text) const;

    node on_;
    logger log_;
    protocol_options options_;
    std::unordered_map<log_key, std::unique_ptr<mirror_log>, key_hash> logs_;
    std::vector<mirror_log*> queue_;
    std::size_t replaced_ = 0;
    bool wants_clear_round_ = false;
};

/// As the kernel takes it.
[[nodiscard]] int reply_error(const failure& why) noexcept;

}  // namespace dirtylog
