#pragma once

#include <filemap/dm/control_node.hpp>
#include <filemap/dm/statistics.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace filemap::bench {

/// A daemon in the foreground, run as a child process, and its costs.
class measured_daemon {
public:
    /// @param options Before the files. @param executable `dmfilemapd`.
    measured_daemon(const std::string& executable, const std::vector<std::string>& options,
                    const std::vector<std::string>& files);
    /// @param arguments All arguments.
    measured_daemon(const std::string& executable, std::vector<std::string> arguments);
    measured_daemon(const measured_daemon&) = delete;
    measured_daemon& operator=(const measured_daemon&) = delete;
    ~measured_daemon();

    /// Processor time of all threads so far, in seconds. User-Mode Linux accounts in ticks of 10 ms.
    [[nodiscard]] double cpu() const;
    /// Number of times that a thread was scheduled so far.
    [[nodiscard]] std::uint64_t wake_ups() const;
    /// From /proc/PID/smaps, KiB.
    [[nodiscard]] std::uint64_t resident() const;
    [[nodiscard]] std::uint64_t unshared() const;
    [[nodiscard]] std::uint64_t written() const;
    /// Waits until the daemon has used no processor time for @p seconds.
    void wait_until_quiet(double seconds) const;
    [[nodiscard]] bool has_ended() const;
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

private:
    [[nodiscard]] std::uint64_t from_smaps(const std::vector<std::string>& keys) const;

    pid_t pid_;
};

/// The device of a file, accessed through a control node that stays open: closing it would wake the daemon.
class observed_device {
public:
    explicit observed_device(const std::string& file);

    [[nodiscard]] dm::statistics& statistics() noexcept { return statistics_; }
    [[nodiscard]] dm::control_node& node() noexcept { return node_; }
    [[nodiscard]] device_id id() const noexcept { return statistics_.device(); }
    /// Sectors of all regions in groups of program id `dmstats` on the device.
    [[nodiscard]] std::uint64_t grouped_sectors();
    [[nodiscard]] std::size_t regions();

    void delete_all();

private:
    dm::control_node node_;
    dm::statistics statistics_;
};

/// mkfs options that keep ext4 from writing its tables in the background during the measurement.
inline const std::vector<std::string> eager_ext4{"-E", "lazy_itable_init=0,lazy_journal_init=0"};

/// Makes a preallocated file with @p extents extents of one block each.
void make_fragmented(const std::string& path, std::size_t extents);

/// Gives this process the lowest priority (SCHED_IDLE) during its lifetime.
struct lowest_priority {
    lowest_priority();
    lowest_priority(const lowest_priority&) = delete;
    lowest_priority& operator=(const lowest_priority&) = delete;
    ~lowest_priority();
};

/// Polls without pause, yielding the processor, until the condition holds. Throws after five minutes.
template <class Condition>
void spin_until(Condition holds);

/// Seconds that other processes had the processor, in slices of more than 0.6 ms, while this process asked for all of
/// it at the lowest priority. With one processor and an idle machine this is the daemon's processor time.
/// @param seconds Duration of the measurement.
/// @param first   Called at the start; its own time counts too.
[[nodiscard]] double processor_time_of_others(
    double seconds, const std::function<void()>& first = [] {});

void give_way();
[[nodiscard]] double now();
void pause_for(double seconds);
[[noreturn]] void fail(const std::string& why);

template <class Condition>
void spin_until(Condition holds) {
    for (const double limit = now() + 300; !holds(); give_way()) {
        if (now() > limit) fail("waited in vain");
    }
}

}  // namespace filemap::bench
