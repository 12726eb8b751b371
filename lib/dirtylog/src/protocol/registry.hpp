#pragma once

#include "model/units.hpp"

#include <string>
#include <vector>

namespace dirtylog {

/// Record of a log that the kernel may still use after a restart of the server.
struct log_record {
    log_key key;
    boot_id boot;
    /// The constructor string as received.
    std::string constructor;
    /// `start_facts::known_before`.
    bool known_before = false;

    friend bool operator==(const log_record&, const log_record&) = default;
};

[[nodiscard]] std::string format(const log_record& record);
/// Parses the output of @ref format. nullopt: malformed.
[[nodiscard]] std::optional<log_record> parse_log_record(std::string_view text);

/**
 * @brief Registry of the logs that the kernel knows: one file per log, in a directory in `/run`.
 * @details Files are replaced atomically, so a killed process leaves no partial file. Files are not synced: they need
 * not outlive the boot.
 * @par Thread-safety  Calls for distinct logs: safe.
 */
class registry {
public:
    explicit registry(std::string directory) : directory_(std::move(directory)) {}

    [[nodiscard]] result<void> remember(const log_record& record) const;
    void forget(log_luid luid) const noexcept;

    struct contents {
        std::vector<log_record> logs;
        /// Errors of unreadable or malformed files, for the log.
        std::vector<failure> failures;
    };
    /// Returns the logs of this boot, oldest first.
    [[nodiscard]] contents load(const boot_id& boot) const;

private:
    [[nodiscard]] std::string path_of(log_luid luid) const;

    std::string directory_;
};

/// Returns the identifier of the running boot.
[[nodiscard]] result<boot_id> this_boot();

}  // namespace dirtylog
