#pragma once

#include "bench/measured_daemon.hpp"

#include <cstddef>
#include <string>

/// The system calls that what is measured takes at the least.
namespace filemap::bench {

/// The extents of an open file, by one call.
void map_once(int file, std::size_t extents);

/// @return What a message is answered.
std::string sent(observed_device& observed, const std::string& text, std::size_t answer_size);

}  // namespace filemap::bench
