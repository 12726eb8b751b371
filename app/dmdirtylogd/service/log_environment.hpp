#pragma once

#include "dmdirtylogd/config/configuration.hpp"
#include "server/server.hpp"

#include <filemap/fs/descriptor.hpp>

#include <string>

/// Directories and devices of the logs. Each function throws `app::startup_error`.
namespace dmdirtylogd {

/// Creates a directory and its parents, unless it exists.
void make_directory(const std::string& path);

/// Locks the state directory against other processes until this process ends.
[[nodiscard]] filemap::fs::descriptor lock_state(const std::string& directory);

/// Returns the environment of all logs as configured.
[[nodiscard]] dirtylog::environment environment_of(const configuration& settings);

}  // namespace dmdirtylogd
