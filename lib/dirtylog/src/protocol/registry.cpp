#include "protocol/registry.hpp"

#include <filemap/fs/descriptor.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

namespace dirtylog {
namespace {

namespace files = std::filesystem;
using filemap::last_system_failure;
using filemap::fs::descriptor;

constexpr std::string_view title = "dmdirtylogd log 1\n";
constexpr std::string_view end = "end\n";
constexpr std::string_view suffix = ".log";

// The length precedes the value, since the kernel allows any character in it.
std::string field(std::string_view name, std::string_view value) {
    return std::string(name) + ' ' + std::to_string(value.size()) + ' ' + std::string(value) + '\n';
}

bool skip(std::string_view& text, std::string_view what) {
    if (!text.starts_with(what)) return false;
    text.remove_prefix(what.size());
    return true;
}

template <class Number>
bool take(std::string_view& text, Number& number, int base = 10) {
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    return true;
}

std::optional<std::string_view> take_field(std::string_view& text, std::string_view name) {
    std::size_t size = 0;
    if (!skip(text, name) || !skip(text, " ") || !take(text, size) || !skip(text, " ") || size >= text.size())
        return std::nullopt;
    const std::string_view value = text.substr(0, size);
    text.remove_prefix(size);
    if (!skip(text, "\n")) return std::nullopt;
    return value;
}

result<void> write_whole(const std::string& path, std::string_view text) {
    const descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file.is_open()) return last_system_failure(path);
    while (!text.empty()) {
        const ssize_t written = ::write(file.get(), text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return last_system_failure(path);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

result<log_record> read_record(const files::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return last_system_failure(path.string());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto record = parse_log_record(text);
    if (!record) return failure(filemap::errc::state_malformed, path.string());
    return std::move(*record);
}

}  // namespace

std::string format(const log_record& record) {
    char luid[32];
    std::snprintf(luid, sizeof luid, "luid %lx\n", record.key.luid.value());
    return std::string(title) + luid + (record.known_before ? "known before\n" : "") +
           field("uuid", record.key.uuid.view()) + field("boot", record.boot.view()) +
           field("constructor", record.constructor) + std::string(end);
}

std::optional<log_record> parse_log_record(std::string_view text) {
    std::uint64_t luid = 0;
    if (!skip(text, title) || !skip(text, "luid ") || !take(text, luid, 16) || !skip(text, "\n")) return std::nullopt;
    const bool known_before = skip(text, "known before\n");
    const auto uuid = take_field(text, "uuid");
    const auto boot = uuid ? take_field(text, "boot") : std::nullopt;
    const auto constructor = boot ? take_field(text, "constructor") : std::nullopt;
    if (!constructor || text != end) return std::nullopt;
    const auto name = log_uuid::make(*uuid);
    const auto booted = boot_id::make(*boot);
    if (!name || !booted) return std::nullopt;
    return log_record{{*name, log_luid{luid}}, *booted, std::string(*constructor), known_before};
}

std::string registry::path_of(log_luid luid) const {
    char name[32];
    std::snprintf(name, sizeof name, "/log-%016lx", luid.value());
    return directory_ + name + std::string(suffix);
}

result<void> registry::remember(const log_record& record) const {
    const std::string path = path_of(record.key.luid);
    const std::string next = path + ".new";
    // A killed process may have left a file of this name.
    ::unlink(next.c_str());
    result<void> saved = write_whole(next, format(record));
    if (saved && ::rename(next.c_str(), path.c_str()) != 0) saved = last_system_failure(path);
    if (!saved) ::unlink(next.c_str());
    return saved;
}

void registry::forget(log_luid luid) const noexcept {
    ::unlink(path_of(luid).c_str());
}

registry::contents registry::load(const boot_id& boot) const {
    std::vector<std::pair<files::file_time_type, log_record>> found;
    contents got;
    std::error_code error;
    for (files::directory_iterator each(directory_, error), none; !error && each != none; each.increment(error)) {
        if (!each->path().filename().string().ends_with(suffix)) continue;
        auto record = read_record(each->path());
        if (!record) {
            got.failures.push_back(record.error());
        } else if (record->boot == boot) {
            std::error_code ignored;
            found.emplace_back(each->last_write_time(ignored), std::move(*record));
        }
    }
    if (error) got.failures.emplace_back(error_code(error), directory_);
    std::ranges::stable_sort(found, {}, [](const auto& each) { return each.first; });
    for (auto& [when, record] : found) got.logs.push_back(std::move(record));
    return got;
}

result<boot_id> this_boot() {
    const std::string path = "/proc/sys/kernel/random/boot_id";
    std::ifstream file(path);
    std::string text;
    if (!(file >> text)) return errno_failure(EIO, path);
    const auto boot = boot_id::make(text);
    if (!boot || text.empty()) return failure(filemap::errc::state_malformed, path);
    return *boot;
}

}  // namespace dirtylog
