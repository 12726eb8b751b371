#pragma once

#include "bench/measured_daemon.hpp"

#include <cstddef>
#include <string>

/// Bare system calls: the lower bound of what the daemon needs for a task.
namespace filemap::bench {

/// The extents of an open file, by one call.
void map_once(int file, std::size_t extents);

/// Sends a message. @return The kernel's answer.
std::string sent(observed_device& observed, const std::string& text, std::size_t answer_size);

}  // namespace filemap::bench
