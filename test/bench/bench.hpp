#pragma once

#include <string>

namespace filemap::bench {

/// Each measures one thing on the embedded kernel and prints its rows.
/// From the end of an allocating call to the group being complete.
void measure_reaction(const std::string& daemon);
/// What a quiet daemon does.
void measure_idle(const std::string& daemon);
/// Processor time for one changed extent among many, beside the bare system calls; and for steady growth.
void measure_change_cost(const std::string& daemon);
void measure_memory(const std::string& daemon);
/// How much slower somebody writes who allocates at full speed while the file is followed.
void measure_writer(const std::string& daemon);
/// Whether what a writer writes is all counted while the regions that he writes to are replaced.
void measure_counts(const std::string& daemon);
/// Whether what is counted and what is inferred of files that grow is what was written.
void measure_inferred_growth(const std::string& daemon);
/// Ten thousand files that a configuration names: start, memory, reload, and many of them written at once.
void measure_service(const std::string& daemon);
/// What it takes to tell the figures of many files, beside the messages that the kernel must be sent for them.
void measure_scrape(const std::string& daemon);

}  // namespace filemap::bench
