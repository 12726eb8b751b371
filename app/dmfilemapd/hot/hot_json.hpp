#pragma once

#include "dmfilemapd/hot/hot_regions.hpp"
#include "dmfilemapd/hot/hot_spots.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

/// Formats the lines of a hot-spot scan, as dmfilemapd(8) describes them, without line ends.
namespace dmfilemapd {

struct file_in_spot {
    /// Path as bytes.
    std::string path;
    /// Sectors of the spot that the file's regions cover.
    filemap::sectors sectors;
};

[[nodiscard]] std::string line_of_device(const std::string& node, const dm_device& device);
[[nodiscard]] std::string line_of_probe(filemap::sector_range range, filemap::sectors step);
[[nodiscard]] std::string line_of_spot(const filemap::hot_spot& spot, const filemap::hot_rate& all,
                                       const std::vector<file_in_spot>& files);
/// @param whole True if the scan ended by itself.
[[nodiscard]] std::string line_of_end(const filemap::hot_spots& found, std::chrono::duration<double> taken, bool whole);

}  // namespace dmfilemapd
