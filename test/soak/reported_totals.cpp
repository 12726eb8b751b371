#include "soak/reported_totals.hpp"

#include <sstream>

namespace filemap::test {
namespace {

// Counters of a file's I/O, and the buckets, numbers and sums of its histogram. How often a group was brought into
// agreement is counted from the daemon's start.
bool tells_counter(const std::string& name) {
    if (name == "filemap_syncs_total") return false;
    for (const char* ending : {"_total", "_bucket", "_count", "_sum"})
        if (name.ends_with(ending)) return true;
    return false;
}

}  // namespace

void reported_totals::compare(const std::string& page) {
    if (!page.ends_with("# EOF\n") || page == last_page_) return;
    last_page_ = page;
    ++readings_;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t labels = line.find("{path=");
        if (labels != line.npos && tells_counter(line.substr(0, labels))) compare_sample(line);
    }
}

void reported_totals::compare_sample(const std::string& line) {
    const std::size_t blank = line.rfind(' ');
    const double now = std::stod(line.substr(blank));
    const auto [sample, is_new] = last_.try_emplace(line.substr(0, blank), now);
    if (!is_new && now < sample->second) {
        ++went_down_;
        details_ += line + ", before " + std::to_string(sample->second) + '\n';
    }
    sample->second = now;
}

}  // namespace filemap::test
