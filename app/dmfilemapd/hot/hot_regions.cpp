#include "dmfilemapd/hot/hot_regions.hpp"

#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"
#include "dm/group_index.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>

#include <sys/stat.h>

namespace dmfilemapd {
namespace {

namespace dm = filemap::dm;

template <class T>
T value_of(filemap::result<T> got) {
    if (!got) throw app::startup_error(got.error().text());
    return *std::move(got);
}

std::string directory_of(filemap::device_id device) {
    return "/sys/dev/block/" + to_string(device);
}

std::optional<filemap::device_id> number_in(const std::filesystem::path& file) {
    unsigned major = 0, minor = 0;
    char colon = 0;
    std::ifstream text(file);
    if (!(text >> major >> colon >> minor) || colon != ':') return {};
    return filemap::device_id{major, minor};
}

bool is_gone(const filemap::failure& failed) {
    return failed.code == boost::system::errc::no_such_file_or_directory;
}

}  // namespace

dm_device find_dm_device(const std::string& node) {
    struct stat status {};
    if (::stat(node.c_str(), &status) != 0)
        throw app::startup_error(filemap::last_system_failure(app::displayed(node)).text());
    if (!S_ISBLK(status.st_mode)) throw app::startup_error(app::displayed(node) + ": not a block device");
    const filemap::device_id id(status.st_rdev);
    if (!std::filesystem::exists(directory_of(id) + "/dm"))
        throw app::startup_error(app::displayed(node) + ": not a device-mapper device");
    std::uint64_t size = 0;
    if (!(std::ifstream(directory_of(id) + "/size") >> size) || size == 0)
        throw app::startup_error(app::displayed(node) + ": has no size");
    return {id, filemap::sectors{size}};
}

std::vector<filemap::device_id> list_dm_devices() {
    std::vector<filemap::device_id> found;
    for (const auto& entry : std::filesystem::directory_iterator("/sys/block")) {
        if (!entry.path().filename().string().starts_with("dm-")) continue;
        if (const auto id = number_in(entry.path() / "dev")) found.push_back(*id);
    }
    return found;
}

filemap::region_id make_hot_region(dm::statistics& device, filemap::sector_range range, filemap::sectors step) {
    dm::region_spec spec;
    spec.range = range;
    spec.step = step;
    spec.program_id = hot_program_id;
    return value_of(device.create(spec));
}

void remove_hot_regions(dm::statistics& device) {
    // Lists the regions just before the deletion, because another program may have reused the id.
    const dm::region_list list = value_of(device.list(hot_program_id));
    for (const dm::region_row& row : list.rows()) {
        const auto removed = device.remove(row.id);
        if (!removed && !is_gone(removed.error())) throw app::startup_error(removed.error().text());
    }
}

std::vector<sectors_of_groups> groups_at(dm::statistics& device, std::span<const filemap::hot_spot> spots) {
    const filemap::group_index groups(value_of(device.list({})));
    const dm::region_list& list = groups.list();
    std::vector<sectors_of_groups> found(spots.size());
    const auto note = [&](filemap::group_id group, filemap::sector_range region) {
        for (std::size_t at = 0; at < spots.size(); ++at) {
            const filemap::sector_range& spot = spots[at].range;
            const filemap::sectors begin = std::max(spot.start, region.start), end = std::min(spot.end(), region.end());
            if (begin < end) found[at][group] += end - begin;
        }
    };
    for (const filemap::group_leader& leader : groups.leaders()) {
        for (const dm::id_run& run : leader.descriptor.members) {
            for (std::size_t at = list.first_from(run.first); at < list.rows().size(); ++at) {
                const dm::region_row row = list.rows()[at];
                if (row.id > run.last) break;
                note(filemap::group_led_by(leader.row.id), row.range);
            }
        }
    }
    return found;
}

}  // namespace dmfilemapd
