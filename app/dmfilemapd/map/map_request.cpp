#include "dmfilemapd/map/map_request.hpp"

#include "async/blocking_call.hpp"
#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"
#include "counters/region_counters.hpp"
#include "dmfilemapd/api/map_json.hpp"
#include "dmfilemapd/map/file_layout.hpp"

#include <filemap/fs/extent_map.hpp>
#include <filemap/fs/trackable_file.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

namespace dmfilemapd {
namespace {

namespace asio = boost::asio;
namespace dm = filemap::dm;
namespace fs = filemap::fs;

// Limit of messages in a row, about a millisecond, because the device's monitors wait for them.
constexpr std::size_t prints_at_once = 64;

class drawing {
public:
    drawing(drawn_file file, bool counted) : file_(std::move(file)), counts_(counted) {}

    // Reads the extents. Runs on a thread that may block.
    void measure();
    // Lists the group. Runs on the device's strand.
    void list(dm::statistics& device);
    void count_some(dm::statistics& device);

    [[nodiscard]] bool is_counted() const { return !counts_ || next_ == members_.size(); }
    [[nodiscard]] filemap::device_id device() const { return file_.device; }
    // Returns the map as JSON. Runs on any thread, once.
    [[nodiscard]] std::string draw();

private:
    [[nodiscard]] std::string name() const { return app::displayed(file_.path); }
    [[nodiscard]] fs::descriptor open_file() const;
    [[nodiscard]] std::uint64_t hash_of_members() const;

    drawn_file file_;
    bool counts_;
    filemap::bytes size_;
    std::vector<fs::extent> extents_;
    std::vector<filemap::group_region> members_;
    std::size_t next_ = 0;
    std::vector<filemap::counted_range> counted_;
};

// Opens the file and checks its identity: the file may be renamed, and another file may be at its path.
fs::descriptor drawing::open_file() const {
    auto at_path = fs::open_regular(file_.path, name());
    if (at_path) {
        const auto identity = fs::identify(at_path->get());
        if (identity && *identity == file_.file) return std::move(*at_path);
    }
    const auto points = fs::mount_points_of(file_.device);
    if (points && !file_.file.handle.empty()) {
        for (const std::string& point : *points) {
            const fs::descriptor mount{::open(point.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
            if (!mount.is_open()) continue;
            auto file = fs::open_by_identity(mount.get(), file_.file, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
            if (file) return std::move(*file);
        }
    }
    if (!at_path && at_path.error().code != boost::system::errc::no_such_file_or_directory)
        throw app::startup_error(at_path.error().text());
    throw file_is_gone(name() + ": the file that was followed is no longer there");
}

void drawing::measure() {
    const fs::descriptor file = open_file();
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) throw app::startup_error(filemap::last_system_failure(name()).text());
    size_ = filemap::bytes{static_cast<std::uint64_t>(status.st_size)};
    auto extents = fs::read_extents(file.get());
    if (!extents) throw app::startup_error(filemap::failure(extents.error().code, name()).text());
    extents_ = std::move(*extents);
}

void drawing::list(dm::statistics& device) {
    auto listed = device.list(file_.group.program_id);
    if (!listed) throw app::startup_error(listed.error().text());
    const filemap::group_index groups(std::move(*listed));
    filemap::group_view view = filemap::view_group(groups, file_.group);
    file_.group.id = view.id;
    members_ = std::move(view.regions);
    // Regions that the monitor has created and not yet added to the group.
    members_.insert(members_.end(), view.unlisted_regions.begin(), view.unlisted_regions.end());
}

void drawing::count_some(dm::statistics& device) {
    for (std::size_t some = 0; some < prints_at_once && next_ < members_.size(); ++some, ++next_) {
        const filemap::group_region& one = members_[next_];
        const auto areas = filemap::read_areas(device, one);
        if (!areas) throw app::startup_error(areas.error().text());
        // The monitor may have removed the region since.
        if (!*areas) continue;
        for (const dm::area_counters& area : **areas) {
            filemap::counted_range counted{area.area, area.counted.sectors_read, area.counted.sectors_written};
            counted.range.length = std::min(counted.range.length, one.range.end() - counted.range.start);
            counted_.push_back(counted);
        }
    }
}

std::uint64_t drawing::hash_of_members() const {
    // Offset basis of the hash function FNV-1a.
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const filemap::group_region& one : members_) {
        for (const std::uint64_t number : {one.id.value(), one.range.start.count(), one.range.length.count()})
            hash = (hash ^ number) * 0x100000001b3;
    }
    return hash;
}

std::string drawing::draw() {
    control::file_map map;
    if (counts_) map.hash_of_counted = hash_of_members();
    std::vector<filemap::sector_range> regions;
    for (const filemap::group_region& one : members_) regions.push_back(one.range);
    map.picture = filemap::make_layout(extents_, std::move(regions), counted_, size_);
    map.path = std::move(file_.path);
    map.device = file_.device;
    map.group = file_.group.id;
    return control::json_of(map);
}

}  // namespace

asio::awaitable<std::string> draw_map(filemap::service& service, asio::any_io_executor blocking, drawn_file file,
                                      bool counted) {
    const auto one = std::make_shared<drawing>(std::move(file), counted);
    const asio::any_io_executor events = service.get_executor();
    std::function<void()> measure = [one] { one->measure(); };
    co_await filemap::async_blocking_call(events, blocking, std::move(measure), asio::use_awaitable);
    std::function<void(dm::statistics&)> list = [one](dm::statistics& device) { one->list(device); };
    co_await service.async_call(one->device(), std::move(list), asio::use_awaitable);
    while (!one->is_counted()) {
        std::function<void(dm::statistics&)> count = [one](dm::statistics& device) { one->count_some(device); };
        co_await service.async_call(one->device(), std::move(count), asio::use_awaitable);
    }
    const auto text = std::make_shared<std::string>();
    std::function<void()> draw = [one, text] { *text = one->draw(); };
    co_await filemap::async_blocking_call(events, blocking, std::move(draw), asio::use_awaitable);
    co_return std::move(*text);
}

}  // namespace dmfilemapd
