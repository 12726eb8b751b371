#pragma once

#include <string>

namespace dmfilemapd {

/**
 * @brief Removes the retired counts of groups whose device is gone (`filemap::counter_directory`).
 * @details The name of such a file begins with the number of the device. A number that is another device-mapper
 * device's by now is not noticed here: who finds no region of the group there forgets its counts.
 * @param devices Where the system lists its devices by number; without that directory nothing is removed.
 */
void remove_stale_state(const std::string& directory, const std::string& devices = "/sys/dev/block");

}  // namespace dmfilemapd
