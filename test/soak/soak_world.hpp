#pragma once

#include "soak/reported_totals.hpp"
#include "support/map_check.hpp"
#include "support/scratch.hpp"

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <sys/types.h>

namespace filemap::test {

/// A daemon in the foreground; killed with the object.
class foreground_daemon {
public:
    /// @param arguments Besides --foreground --verbose.
    /// @param log       File to which its stderr is appended.
    foreground_daemon(const std::vector<std::string>& arguments, std::string log);
    foreground_daemon(const foreground_daemon&) = delete;
    foreground_daemon& operator=(const foreground_daemon&) = delete;
    ~foreground_daemon();

    void start();
    /// Sends SIGKILL. Throws if the daemon had already ended.
    void kill();
    /// Number of log lines that contain @p text, including earlier runs.
    [[nodiscard]] std::size_t times_logged(const std::string& text) const;
    /// Resident memory, KiB. Throws if it has ended.
    [[nodiscard]] std::uint64_t resident() const;

private:
    void require_alive() const;

    std::vector<std::string> words_;
    std::string log_;
    pid_t pid_ = -1;
};

/**
 * Files that are changed at random on a device of their own, and three daemons that follow them: one by inode, one by
 * path, and a service, whose counters are read.
 */
class soak_world {
public:
    soak_world(const std::string& file_system, std::size_t files, unsigned seed);

    /// Does one thing to one file.
    void change_something();
    /// Kills one of the daemons at a random moment of the next milliseconds, and starts it again.
    void kill_and_restart();
    /// Reads the counters of the service, if it answers.
    void read_counters();
    /// Waits for a reading that was not reported before. Throws on timeout.
    void await_reading(milliseconds bound);

    struct finding {
        std::size_t out_of_sync = 0;
        std::size_t leaked_regions = 0;
        std::size_t double_groups = 0;
        std::size_t lost_counts = 0;
        /// Files that the service does not report although nothing changes.
        std::size_t unreported = 0;
        std::string details;
        [[nodiscard]] bool clean() const {
            return out_of_sync + leaked_regions + double_groups + lost_counts + unreported == 0;
        }
    };
    /// Waits until all groups are in sync, at most for @p bound. Reports those that are not.
    [[nodiscard]] finding refresh_when_quiet(milliseconds bound);

    /// Totals that the service reported.
    [[nodiscard]] const reported_totals& totals() const noexcept { return totals_; }
    [[nodiscard]] std::uint64_t resident() const {
        return by_inode_.resident() + by_path_.resident() + service_.resident();
    }

private:
    [[nodiscard]] unsigned below(unsigned limit);
    [[nodiscard]] std::string path_of(std::size_t file) const;
    [[nodiscard]] static bool is_by_path(std::size_t file) { return file % 2 == 1; }
    [[nodiscard]] static bool is_of_service(std::size_t file) { return file % 4 >= 2; }
    [[nodiscard]] foreground_daemon& follower_of(std::size_t file);
    /// Arguments of a daemon that follows files without a configuration.
    [[nodiscard]] std::vector<std::string> following(const std::string& mode, bool by_path) const;
    /// Writes the configuration of the service.
    void configure() const;
    [[nodiscard]] finding refresh() const;
    [[nodiscard]] static std::string page_of_service();
    [[nodiscard]] bool is_reported(std::size_t file, const std::string& page) const;
    void check_totals(finding& into);
    [[nodiscard]] std::optional<std::uint64_t> written_to(std::size_t file) const;
    void check_counts(finding& into, milliseconds bound);

    scratch_device device_;
    std::size_t files_;
    // Separate generators: the number of random moments depends on the time, the sequence of changes must not.
    std::mt19937 random_;
    std::mt19937 random_moments_;
    foreground_daemon by_inode_;
    foreground_daemon by_path_;
    foreground_daemon service_;
    reported_totals totals_;
};

}  // namespace filemap::test
