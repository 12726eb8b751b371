#pragma once

#include <string>

namespace dmfilemapd {

/**
 * @brief Removes the carried counters of groups whose device no longer exists (`filemap::counter_directory`).
 * @details The name of such a file begins with the device number. If another device-mapper device reuses the number,
 * this function keeps the file; the monitor deletes it when it finds no region of the group.
 * @param devices Directory that lists the devices by number. If it does not exist, nothing is removed.
 */
void remove_stale_state(const std::string& directory, const std::string& devices = "/sys/dev/block");

}  // namespace dmfilemapd
