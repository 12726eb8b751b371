#pragma once

#include "protocol/log_arguments.hpp"
#include "storage/journal.hpp"

namespace dirtylog {

/// What the log of the table before, of the same name, was doing when this one was resumed.
enum class predecessor { none, suspended, working };

/// What is found when a log is resumed for the first time by this process.
struct start_facts {
    backend_kind kind = backend_kind::core;
    /// The kernel repeats the constructor: it goes on with a log that some server knew.
    bool again = false;
    /// Both bitmaps of this very log are there, of this boot.
    bool has_live = false;
    predecessor before = predecessor::none;
    /// Of `disk`.
    journal_state journal = journal_state::never_used;
};

/// What a log begins with.
enum class start {
    /// Both bitmaps, as they were.
    live,
    /// Both bitmaps of the table before.
    predecessor,
    /// What is clean on disk is in sync.
    journal,
    /// As the table says.
    fresh,
    /// Nothing is clean, nothing in sync.
    unknown,
};

/**
 * @brief Where the bits come from.
 * @details
 * In the same boot the kernel has drawn conclusions from what it was told. So a log that it goes on with and of which
 * nothing is known is not in sync; nor is one whose predecessor was not seen to end, unless a disk says what was being
 * written. `sync` and `nosync` are of no effect but on a log that was never used: a crash would forget what was being
 * written.
 */
[[nodiscard]] start decide_start(const start_facts& facts) noexcept;

/// For the log: "log NAME ..."
[[nodiscard]] std::string_view describe(start from) noexcept;

}  // namespace dirtylog
