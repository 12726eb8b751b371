// read_counters DEVICE ALIAS - prints what the kernel has counted for the group of this name, without an event loop.
// DEVICE is a path such as /dev/mapper/NAME. Needs CAP_SYS_ADMIN.

#include <filemap/dm/control_node.hpp>
#include <filemap/dm/group_descriptor.hpp>
#include <filemap/dm/statistics.hpp>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/stat.h>

namespace {

using filemap::dm::group_descriptor;

filemap::device_id device_at(const char* path) {
    struct stat status {};
    if (::stat(path, &status) != 0) throw std::system_error(errno, std::generic_category(), path);
    if (!S_ISBLK(status.st_mode)) throw std::runtime_error(std::string(path) + ": not a block device");
    return filemap::device_id{status.st_rdev};
}

std::optional<group_descriptor> find_group(const filemap::dm::region_list& list, std::string_view alias) {
    for (const filemap::dm::region_row& row : list.rows()) {
        auto group = group_descriptor::parse(row.aux);
        if (group && group->alias() == alias) return group;
    }
    return std::nullopt;
}

filemap::dm::counters sum_of(filemap::dm::statistics& device, filemap::region_id region) {
    filemap::dm::counters sum;
    for (const auto& area : device.print(region).value()) sum += area.counted;
    return sum;
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 3) throw std::runtime_error("usage: read_counters DEVICE ALIAS");
    auto kernel = filemap::dm::control_node::open().value();
    filemap::dm::statistics device(kernel, device_at(argv[1]));
    const filemap::dm::region_list list = device.list(filemap::dm::dmstats_program_id).value();
    const auto group = find_group(list, argv[2]);
    if (!group) throw std::runtime_error(std::string(argv[2]) + ": no such group");

    filemap::dm::counters total;
    for (const filemap::dm::region_row& row : list.rows()) {
        if (group->contains(row.id)) total += sum_of(device, row.id);
    }
    std::cout << "reads " << total.reads << ", " << total.sectors_read.count() << " sectors\n"
              << "writes " << total.writes << ", " << total.sectors_written.count() << " sectors\n";
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
}
