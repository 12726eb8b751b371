#pragma once

#include "model/units.hpp"

#include <string>
#include <vector>

namespace dirtylog {

/// A log that the kernel may go on with after a restart of the server.
struct log_record {
    log_key key;
    boot_id boot;
    /// As the kernel gave it.
    std::string constructor;
    /// `start_facts::again`.
    bool again = false;

    friend bool operator==(const log_record&, const log_record&) = default;
};

[[nodiscard]] std::string format(const log_record& record);
/// nullopt if it is not what @ref format makes.
[[nodiscard]] std::optional<log_record> parse_log_record(std::string_view text);

/**
 * @brief The logs that the kernel knows, one file each, in a directory of `/run`.
 * @details A file is whole or not there, whenever the process is killed. Not synced: it need not outlive the boot.
 * @par Thread-safety  Calls for distinct logs: safe.
 */
class registry {
public:
    explicit registry(std::string directory) : directory_(std::move(directory)) {}

    [[nodiscard]] result<void> remember(const log_record& record) const;
    void forget(log_luid luid) const noexcept;

    struct contents {
        std::vector<log_record> logs;
        /// Files that cannot be read or understood, for the log.
        std::vector<failure> failures;
    };
    /// Of this boot, in the order in which they were made known.
    [[nodiscard]] contents load(const boot_id& boot) const;

private:
    [[nodiscard]] std::string path_of(log_luid luid) const;

    std::string directory_;
};

/// The running boot's.
[[nodiscard]] result<boot_id> this_boot();

}  // namespace dirtylog
