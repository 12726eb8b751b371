#pragma once

#include <string>

namespace filemap::bench {

/// Measurements on User-Mode Linux. Each function prints its rows.
/// Time from the end of an allocating call to a complete group.
void measure_reaction(const std::string& daemon);
/// Wake-ups and system calls of an idle daemon.
void measure_idle(const std::string& daemon);
/// Processor time for one changed extent among many, beside the bare system calls; and for steady growth.
void measure_change_cost(const std::string& daemon);
void measure_memory(const std::string& daemon);
/// Slowdown of a writer that allocates at full speed in a monitored file.
void measure_writer(const std::string& daemon);
/// Share of written bytes that is counted while the regions under the writer are replaced.
void measure_counts(const std::string& daemon);
/// Counted plus estimated bytes of growing files, beside the bytes written.
void measure_inferred_growth(const std::string& daemon);
/// Ten thousand configured files: start, memory, reload, and writes to many files at once.
void measure_service(const std::string& daemon);
/// Cost of /metrics for many files, beside the messages to the kernel that it needs.
void measure_scrape(const std::string& daemon);

}  // namespace filemap::bench
