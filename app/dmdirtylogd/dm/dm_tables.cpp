#include "dmdirtylogd/dm/dm_tables.hpp"

#include <filemap/fs/descriptor.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace dmdirtylogd {
namespace {

namespace files = std::filesystem;
using filemap::device_id;
using filemap::failure;
using filemap::last_system_failure;
using filemap::result;
using filemap::fs::descriptor;

constexpr std::size_t first_answer = 16 * 1024;
constexpr std::size_t largest_answer = 16 * 1024 * 1024;
constexpr const char* control_path = "/dev/mapper/control";

/// Argument of an ioctl: head and data.
class answer {
public:
    explicit answer(std::size_t size) : memory_(size) {}

    [[nodiscard]] dm_ioctl& head() noexcept { return *reinterpret_cast<dm_ioctl*>(memory_.data()); }
    /// @return nullptr: the buffer ends before the object does.
    template <class What>
    [[nodiscard]] const What* at(std::size_t offset) const noexcept {
        return offset + sizeof(What) <= memory_.size() ? reinterpret_cast<const What*>(memory_.data() + offset)
                                                       : nullptr;
    }
    [[nodiscard]] std::string_view text_at(std::size_t offset) const noexcept {
        if (offset >= memory_.size()) return {};
        const auto* const begin = reinterpret_cast<const char*>(memory_.data() + offset);
        return {begin, ::strnlen(begin, memory_.size() - offset)};
    }

private:
    std::vector<std::byte> memory_;
};

// Retries with a larger buffer while the kernel reports DM_BUFFER_FULL_FLAG.
result<answer> ask_kernel(unsigned long what, std::uint32_t flags, device_id device, const std::string& context) {
    const descriptor control{::open(control_path, O_RDWR | O_CLOEXEC)};
    if (!control.is_open()) return last_system_failure(control_path);
    for (std::size_t size = first_answer; size <= largest_answer; size *= 4) {
        answer got(size);
        dm_ioctl& head = got.head();
        head.version[0] = DM_VERSION_MAJOR;
        head.data_size = static_cast<std::uint32_t>(size);
        head.data_start = sizeof head;
        head.flags = flags;
        head.dev = device.number();
        if (::ioctl(control.get(), what, &head) != 0) return last_system_failure(context);
        if ((got.head().flags & DM_BUFFER_FULL_FLAG) == 0) return got;
    }
    return failure(filemap::errc::answer_too_long, context);
}

result<std::vector<device_id>> all_devices() {
    auto got = ask_kernel(DM_LIST_DEVICES, 0, {}, "list of device-mapper devices");
    if (!got) return got.error();
    std::vector<device_id> found;
    for (std::size_t at = got->head().data_start;;) {
        const auto* const each = got->at<dm_name_list>(at);
        // Device 0 marks an empty list.
        if (!each || each->dev == 0) break;
        found.push_back(device_id(static_cast<dev_t>(each->dev)));
        if (each->next == 0) break;
        at += each->next;
    }
    return found;
}

std::string first_word_of(const files::path& file) {
    std::ifstream in(file);
    std::string word;
    in >> word;
    return word;
}

std::optional<dev_t> number_in(const files::path& file) {
    const std::string text = first_word_of(file);
    const std::size_t colon = text.find(':');
    if (colon == text.npos) return {};
    return ::makedev(static_cast<unsigned>(std::strtoul(text.c_str(), nullptr, 10)),
                     static_cast<unsigned>(std::strtoul(text.c_str() + colon + 1, nullptr, 10)));
}

files::path directory_of(dev_t device) {
    return "/sys/dev/block/" + std::to_string(::major(device)) + ':' + std::to_string(::minor(device));
}

// Returns the device node that the kernel makes. Other nodes belong to a device manager.
std::string node_of(const std::string& number) {
    std::ifstream uevent("/sys/dev/block/" + number + "/uevent");
    for (std::string line; std::getline(uevent, line);)
        if (line.starts_with("DEVNAME=")) return "/dev/" + line.substr(std::strlen("DEVNAME="));
    return "/dev/block/" + number;
}

/// Adds the numbers of a device and of all devices below it.
void add_stack(dev_t device, std::set<dev_t>& found) {
    if (!found.insert(device).second) return;
    std::error_code error;
    const files::path here = directory_of(device);
    if (files::exists(here / "partition", error)) {
        if (const auto whole = number_in(files::canonical(here, error).parent_path() / "dev")) add_stack(*whole, found);
    }
    for (files::directory_iterator each(here / "slaves", error), none; !error && each != none; each.increment(error))
        if (const auto below = number_in(each->path() / "dev")) add_stack(*below, found);
    struct stat backing {};
    const std::string file = first_word_of(here / "loop/backing_file");
    if (file.empty() || ::stat(file.c_str(), &backing) != 0) return;
    add_stack(S_ISBLK(backing.st_mode) ? backing.st_rdev : backing.st_dev, found);
}

result<dev_t> device_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) return S_ISBLK(status.st_mode) ? status.st_rdev : status.st_dev;
    const std::string above = files::path(path).parent_path().string();
    if (errno == ENOENT && ::stat(above.c_str(), &status) == 0) return status.st_dev;
    return last_system_failure(path);
}

failure on_mirror(const std::string& path, device_id device, const std::string& uuid) {
    return {filemap::error_code(EDEADLK, boost::system::system_category()),
            path + " lies on mirror " + uuid + " (" + to_string(device) + "), so that the log would wait for itself"};
}

struct mirror {
    device_id device;
    mirror_line line;
};

result<mirror> find_mirror(std::string_view uuid) {
    const auto devices = all_devices();
    if (!devices) return devices.error();
    for (const device_id device : *devices) {
        // Skip a device that was removed meanwhile.
        const auto mirrors = mirrors_of(device);
        if (!mirrors) continue;
        for (const mirror_line& line : *mirrors)
            if (line.uuid == uuid) return mirror{device, line};
    }
    return failure(filemap::error_code(ENODEV, boost::system::system_category()),
                   "no live table names " + std::string(uuid));
}

}  // namespace

result<std::vector<mirror_line>> mirrors_of(device_id device, which_table which) {
    // Read tables only: the kernel would ask this process for the status. DM_NOFLUSH_FLAG: flush no I/O.
    const std::uint32_t flags =
        DM_STATUS_TABLE_FLAG | DM_NOFLUSH_FLAG | (which == which_table::loaded ? DM_QUERY_INACTIVE_TABLE_FLAG : 0);
    auto got = ask_kernel(DM_TABLE_STATUS, flags, device, "table of " + to_string(device));
    if (!got) return got.error();
    std::vector<mirror_line> found;
    std::size_t at = got->head().data_start;
    for (std::uint32_t i = 0; i < got->head().target_count; ++i) {
        const auto* const target = got->at<dm_target_spec>(at);
        if (!target) break;
        const std::string_view type(target->target_type, ::strnlen(target->target_type, DM_MAX_TYPE_NAME));
        if (type == "mirror")
            if (auto line = parse_mirror_line(got->text_at(at + sizeof *target))) {
                line->start = filemap::sectors(target->sector_start);
                line->suspended = (got->head().flags & DM_SUSPEND_FLAG) != 0;
                found.push_back(std::move(*line));
            }
        // `next` counts from the first target's head.
        at = got->head().data_start + target->next;
    }
    return found;
}

result<std::vector<std::string>> find_legs(std::string_view uuid) {
    const auto mirror = find_mirror(uuid);
    if (!mirror) return failure(mirror.error().code, "cannot find the legs: " + mirror.error().context);
    std::vector<std::string> nodes;
    for (const std::string& leg : mirror->line.legs) nodes.push_back(node_of(leg));
    return nodes;
}

result<void> read_mirror(std::string_view uuid) {
    const auto mirror = find_mirror(uuid);
    if (!mirror) return mirror.error();
    // Reading a suspended mirror would block its removal.
    if (mirror->line.suspended) return {};
    const std::string node = node_of(to_string(mirror->device));
    const descriptor device{::open(node.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC)};
    if (!device.is_open()) return last_system_failure(node);
    alignas(4096) std::array<char, 4096> block;
    const auto start = static_cast<off_t>(filemap::to_bytes(mirror->line.start).count());
    if (::pread(device.get(), block.data(), block.size(), start) < 0) return last_system_failure(node);
    return {};
}

bool is_named(std::string_view uuid) {
    const auto devices = all_devices();
    if (!devices) return true;
    for (const device_id device : *devices) {
        // A table moves from inactive to live, so look in this order.
        for (const which_table which : {which_table::loaded, which_table::in_force}) {
            const auto mirrors = mirrors_of(device, which);
            if (!mirrors && mirrors.error().code.value() == ENXIO) continue;
            if (!mirrors || std::ranges::any_of(*mirrors, [&](const mirror_line& m) { return m.uuid == uuid; }))
                return true;
        }
    }
    return false;
}

result<void> check_place_of_log(const std::string& path) {
    const auto device = device_of(path);
    // Opening the log reports errors of the path.
    if (!device) return {};
    std::set<dev_t> stack;
    add_stack(*device, stack);
    for (const dev_t each : stack) {
        std::error_code error;
        if (!files::exists(directory_of(each) / "dm", error)) continue;
        const auto mirrors = mirrors_of(device_id(each));
        if (mirrors && !mirrors->empty()) return on_mirror(path, device_id(each), mirrors->front().uuid);
    }
    return {};
}

}  // namespace dmdirtylogd
