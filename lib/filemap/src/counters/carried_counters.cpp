#include "counters/carried_counters.hpp"

#include "dm/parse.hpp"
#include "fs/directory.hpp"

#include <filemap/fs/descriptor.hpp>
#include <filemap/fs/extent_map.hpp>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace filemap {
namespace {

using dm::detail::skip;
using dm::detail::take_number;

// First line of a file. The next lines hold the total (as in `@stats_print`), the estimated sectors, the pending
// regions with their ids, and the replaced regions without counters.
constexpr std::string_view head_with_group = "dmfilemapd retired counts 2, group\n";
constexpr std::string_view head_without_group = "dmfilemapd retired counts 2, no group\n";
constexpr std::string_view before_inferred = "inferred ";
// A longer file was not written by this program.
constexpr std::size_t max_file_length = 64 * 1024 * 1024;

bool take_counters(std::string_view line, sector_range& range, dm::counters& counted) {
    auto row = dm::parse_counters(line);
    if (!row || row->size() != 1) return false;
    range = row->front().area;
    counted = std::move(row->front().counted);
    return true;
}

bool take_inferred(std::string_view line, sectors& inferred) {
    if (!line.starts_with(before_inferred)) return false;
    line.remove_prefix(before_inferred.size());
    const auto number = take_number(line);
    if (!number || !line.empty()) return false;
    inferred = sectors{*number};
    return true;
}

// Parses a line that holds only a range.
bool take_range(std::string_view line, sector_range& range) {
    const auto start = take_number(line);
    const auto length = start && skip(line, '+') ? take_number(line) : std::nullopt;
    if (!length || !line.empty()) return false;
    range = {sectors{*start}, sectors{*length}};
    return true;
}

std::string_view take_line(std::string_view& text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    return line;
}

result<void> write_all(int file, std::string_view text, const std::string& path) {
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return last_system_failure(path);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace

std::string format(const carried_state& counts) {
    std::string text(counts.without_group ? head_without_group : head_with_group);
    text += dm::format_counters({{}, counts.total});
    text.append(before_inferred).append(std::to_string(counts.inferred.count())) += '\n';
    for (const pending_deletion& each : counts.pending) {
        text += std::to_string(each.region.id.value()) + ": ";
        text += dm::format_counters({each.region.range, each.counted});
    }
    for (const group_region& each : counts.replaced)
        text += std::to_string(each.id.value()) + ": " + to_string(each.range) + '\n';
    return text;
}

std::optional<carried_state> parse_carried_state(std::string_view text) {
    carried_state counts;
    counts.without_group = text.starts_with(head_without_group);
    if (!counts.without_group && !text.starts_with(head_with_group)) return std::nullopt;
    // A file is written at once, so a missing line end shows that the file is truncated.
    if (!text.ends_with('\n')) return std::nullopt;
    take_line(text);
    sector_range none;
    if (!take_counters(take_line(text), none, counts.total)) return std::nullopt;
    if (!take_inferred(take_line(text), counts.inferred)) return std::nullopt;
    while (!text.empty()) {
        std::string_view line = take_line(text);
        pending_deletion each;
        const auto id = take_number(line);
        if (!id || !skip(line, ':') || !skip(line, ' ')) return std::nullopt;
        each.region.id = region_id{*id};
        if (take_range(line, each.region.range)) {
            counts.replaced.push_back(each.region);
        } else if (take_counters(line, each.region.range, each.counted)) {
            counts.pending.push_back(std::move(each));
        } else {
            return std::nullopt;
        }
    }
    return counts;
}

result<std::optional<carried_state>> counter_directory::load(const std::string& name) {
    const std::string path = path_ + '/' + name;
    const fs::descriptor file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    if (!file.is_open()) {
        if (errno == ENOENT) return std::optional<carried_state>();
        return last_system_failure(path);
    }
    std::string text;
    for (char part[4096];;) {
        const ssize_t got = ::read(file.get(), part, sizeof part);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return last_system_failure(path);
        if (got == 0) break;
        text.append(part, static_cast<std::size_t>(got));
        if (text.size() > max_file_length) return failure{errc::state_malformed, path};
    }
    auto counts = parse_carried_state(text);
    if (!counts) return failure{errc::state_malformed, path};
    return counts;
}

result<void> counter_directory::save(const std::string& name, const carried_state& counts) {
    if (const auto made = fs::make_directory(path_); !made) return made.error();
    const std::string path = path_ + '/' + name;
    const std::string next = path + ".new";
    // A process that was killed may have left the file.
    ::unlink(next.c_str());
    const fs::descriptor file{::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file.is_open()) return last_system_failure(next);
    result<void> saved = write_all(file.get(), format(counts), next);
    if (saved && ::rename(next.c_str(), path.c_str()) != 0) saved = last_system_failure(path);
    if (!saved) ::unlink(next.c_str());
    return saved;
}

void counter_directory::forget(const std::string& name) noexcept {
    ::unlink((path_ + '/' + name).c_str());
    ::unlink((path_ + '/' + name + ".new").c_str());
}

result<void> carried_counters::restore(const std::string& name, bool group_is_there,
                                       const std::function<bool(const group_region&)>& is_there) {
    if (!store_ || !name_.empty()) return {};
    auto loaded = store_->load(name);
    if (!loaded && loaded.error().code != errc::state_malformed && !is_permanent(loaded.error().code))
        return loaded.error();
    name_ = name;
    if (!loaded) {
        failed_ = std::make_shared<const failure>(loaded.error());
        return {};
    }
    if (!*loaded) return {};
    if (!group_is_there && !(*loaded)->without_group) {
        store_->forget(name_);
        return {};
    }
    counts_ = std::move(**loaded);
    stored_ = true;
    if (counts_.pending.empty()) return {};
    for (const pending_deletion& each : std::exchange(counts_.pending, {}))
        if (!is_there(each.region)) counts_.total += each.counted;
    save(counts_.without_group);
    return {};
}

void carried_counters::replace(const std::vector<group_region>& regions, bool without_group) {
    std::vector<sector_range> before;
    for (const group_region& m : counts_.replaced) before.push_back(m.range);
    before = fs::join_ranges(std::move(before));
    const auto is_newer = [&](const group_region& m) {
        const auto next = std::ranges::upper_bound(before, m.range.start, {}, &sector_range::end);
        return next != before.end() && next->start < m.range.end();
    };
    std::ranges::copy_if(regions, std::back_inserter(counts_.replaced), std::not_fn(is_newer));
    std::ranges::sort(counts_.replaced);
    save(without_group);
}

void carried_counters::keep_replaced(const std::function<bool(const group_region&)>& is_there) {
    if (std::erase_if(counts_.replaced, std::not_fn(is_there)) > 0) changed_ = true;
}

void carried_counters::prepare_deletion(std::vector<pending_deletion> regions, bool without_group) {
    counts_.pending = std::move(regions);
    if (!counts_.pending.empty()) save(without_group);
}

bool carried_counters::is_pending(const group_region& region) const {
    return std::ranges::find(counts_.pending, region, &pending_deletion::region) != counts_.pending.end();
}

void carried_counters::finish_deletion(const group_region& region, bool deleted) {
    const auto settled = std::ranges::find(counts_.pending, region, &pending_deletion::region);
    if (deleted) counts_.total += settled->counted;
    counts_.pending.erase(settled);
    changed_ = true;
}

void carried_counters::add_lost(const dm::counters& counted, bool without_group) {
    {
        const std::scoped_lock lock(total_mutex_);
        counts_.total += counted;
    }
    save(without_group);
}

void carried_counters::infer(sectors written) {
    if (written.count() == 0) return;
    counts_.inferred += written;
    changed_ = true;
}

void carried_counters::update(bool without_group) {
    const bool is_kept = stored_ || counts_.inferred.count() > 0;
    if (is_kept && (changed_ || counts_.without_group != without_group)) save(without_group);
}

void carried_counters::save(bool without_group) {
    counts_.without_group = without_group;
    changed_ = false;
    if (!store_) return;
    stored_ = true;
    const auto saved = store_->save(name_, counts_);
    // The next update retries.
    changed_ = !saved;
    if (!saved) failed_ = std::make_shared<const failure>(saved.error());
}

void carried_counters::forget() noexcept {
    if (store_ && !name_.empty()) store_->forget(name_);
    stored_ = false;
}

void carried_counters::reset() noexcept {
    forget();
    counts_ = {};
    changed_ = false;
}

}  // namespace filemap
