#include "bench/bare_calls.hpp"

#include <cstdint>
#include <cstring>
#include <memory>

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

namespace filemap::bench {

void map_once(int file, std::size_t extents) {
    const std::size_t size = sizeof(fiemap) + (extents + 16) * sizeof(fiemap_extent);
    const auto memory = std::make_unique_for_overwrite<std::uint64_t[]>(size / sizeof(std::uint64_t));
    auto& map = *reinterpret_cast<fiemap*>(memory.get());
    std::memset(&map, 0, sizeof map);
    map.fm_length = FIEMAP_MAX_OFFSET;
    map.fm_extent_count = static_cast<std::uint32_t>(extents + 16);
    if (::ioctl(file, FS_IOC_FIEMAP, &map) != 0) fail("FIEMAP");
}

std::string sent(observed_device& observed, const std::string& text, std::size_t answer_size) {
    auto answer = observed.node().message(observed.id(), text, answer_size);
    if (!answer) fail(answer.error().text());
    return *answer;
}

}  // namespace filemap::bench
