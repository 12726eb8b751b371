#include "dmfilemapd/service/stale_state.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace dmfilemapd {
namespace {

namespace fs = std::filesystem;

// Returns "254:3" for "254:3-fm-0123456789"; empty if the name is no state of a group.
std::string device_in(const std::string& name) {
    const std::string device = name.substr(0, name.find("-fm-"));
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool is_pair = std::ranges::count(device, ':') == 1 && !device.starts_with(':') && !device.ends_with(':');
    const bool is_number = std::ranges::all_of(device, [&](char c) { return c == ':' || is_digit(c); });
    return device.size() < name.size() && is_pair && is_number ? device : std::string();
}

}  // namespace

void remove_stale_state(const std::string& directory, const std::string& devices) {
    std::error_code error;
    if (!fs::is_directory(devices, error)) return;
    for (const fs::directory_entry& file : fs::directory_iterator(directory, error)) {
        const std::string device = device_in(file.path().filename().string());
        std::error_code ignored;
        if (!device.empty() && !fs::exists(fs::path(devices) / device / "dm", ignored) && !ignored)
            fs::remove(file.path(), ignored);
    }
}

}  // namespace dmfilemapd
