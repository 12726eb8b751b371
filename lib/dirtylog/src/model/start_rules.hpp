#pragma once

#include "protocol/log_arguments.hpp"
#include "storage/journal.hpp"

namespace dirtylog {

/// State of the previous table's log of the same name when this log was resumed.
enum class predecessor { none, suspended, working };

/// Facts on the first resume of a log by this process.
struct start_facts {
    backend_kind kind = backend_kind::core;
    /// The kernel repeats the constructor: a server already knew the log.
    bool known_before = false;
    /// The live state of this log and boot exists.
    bool has_live = false;
    predecessor previous = predecessor::none;
    /// For `disk` only.
    journal_state journal = journal_state::never_used;
};

/// Source of a log's first bits.
enum class start_source {
    /// Both bitmaps of the live state.
    live,
    /// Both bitmaps of the previous table's log.
    predecessor,
    /// Regions that are clean on disk are in sync.
    journal,
    /// The table's `sync` or `nosync`.
    fresh,
    /// No region is clean or in sync.
    unknown,
};

/**
 * @brief Selects the source of a log's bits.
 * @details
 * In the same boot the kernel has acted on earlier answers. If the kernel continues with a log and its state is lost,
 * no region is in sync. The same holds if the end of the predecessor was missed, unless a disk records the writes in
 * progress. `sync` and `nosync` apply only to a log that was never used: after a crash they would discard the writes in
 * progress.
 */
[[nodiscard]] start_source decide_start(const start_facts& facts) noexcept;

/// Text for the log line "log NAME ...".
[[nodiscard]] std::string_view describe(start_source source) noexcept;

}  // namespace dirtylog
