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

/// A daemon in the foreground that follows files, as a child process, and what it costs.
class measured_daemon {
public:
    /// @param options Before the files. @param executable `dmfilemapd`.
    measured_daemon(const std::string& executable, const std::vector<std::string>& options,
                    const std::vector<std::string>& files);
    /// @param arguments All that it is given.
    measured_daemon(const std::string& executable, std::vector<std::string> arguments);
    measured_daemon(const measured_daemon&) = delete;
    measured_daemon& operator=(const measured_daemon&) = delete;
    ~measured_daemon();

    /// Seconds of processor time so far, all threads, as the kernel accounts it: in ticks of 10 ms under User-Mode
    /// Linux.
    [[nodiscard]] double cpu() const;
    /// Times that a thread of it was put to run, so far.
    [[nodiscard]] std::uint64_t wake_ups() const;
    /// From /proc/PID/smaps, KiB.
    [[nodiscard]] std::uint64_t resident() const;
    [[nodiscard]] std::uint64_t unshared() const;
    [[nodiscard]] std::uint64_t written() const;
    /// Waits until it has used no processor time for so long.
    void wait_until_quiet(double seconds) const;
    [[nodiscard]] bool has_ended() const;
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

private:
    [[nodiscard]] std::uint64_t from_smaps(const std::vector<std::string>& keys) const;

    pid_t pid_;
};

/// The device of a file as the benchmarks see it: through a control node that stays open, which wakes nobody.
class observed_device {
public:
    explicit observed_device(const std::string& file);

    [[nodiscard]] dm::statistics& statistics() noexcept { return statistics_; }
    [[nodiscard]] dm::control_node& node() noexcept { return node_; }
    [[nodiscard]] device_id id() const noexcept { return statistics_.device(); }
    /// Sectors of all members of all groups of `dmstats` on the device.
    [[nodiscard]] std::uint64_t grouped_sectors();
    [[nodiscard]] std::size_t regions();

    void delete_all();

private:
    dm::control_node node_;
    dm::statistics statistics_;
};

/// mkfs options after which no thread of ext4 goes on writing tables for minutes, beside what is measured.
inline const std::vector<std::string> eager_ext4{"-E", "lazy_itable_init=0,lazy_journal_init=0"};

/// Makes a preallocated file of so many extents of one block each.
void make_fragmented(const std::string& path, std::size_t extents);

/// While it lives this process has the processor only when nobody else wants it.
struct lowest_priority {
    lowest_priority();
    lowest_priority(const lowest_priority&) = delete;
    lowest_priority& operator=(const lowest_priority&) = delete;
    ~lowest_priority();
};

/// Polls without pause, giving way to others, until the condition holds. Throws after five minutes.
template <class Condition>
void spin_until(Condition holds);

/// Seconds that others had the processor for, in async_semaphore of more than 0.6 ms, while this process asked for all
/// of it at the lowest priority and for so long. With one processor and a quiet machine this is what the daemon used,
/// for it works without a pause until a change is followed.
/// @param first Is done at the beginning; what it takes itself counts, too.
[[nodiscard]] double processor_time_of_others(
    double seconds, const std::function<void()>& first = [] {});

void give_way();
[[nodiscard]] double now();
void pause_for(double seconds);
[[noreturn]] void give_up(const std::string& why);

template <class Condition>
void spin_until(Condition holds) {
    for (const double limit = now() + 300; !holds(); give_way()) {
        if (now() > limit) give_up("waited in vain");
    }
}

}  // namespace filemap::bench
