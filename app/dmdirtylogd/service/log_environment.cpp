#include "dmdirtylogd/service/log_environment.hpp"

#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"
#include "dmdirtylogd/dm/dm_tables.hpp"
#include "protocol/registry.hpp"

#include <filesystem>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>

namespace dmdirtylogd {

using app::startup_error;
using filemap::fs::descriptor;

void make_directory(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (!error && std::filesystem::is_directory(path, error)) return;
    throw startup_error(app::displayed(path) + ": " + (error ? error.message() : "not a directory"));
}

descriptor lock_state(const std::string& directory) {
    const std::string path = directory + "/lock";
    descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)};
    if (!file.is_open()) throw startup_error(filemap::last_system_failure(app::displayed(path)).text());
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        throw startup_error(app::displayed(directory) + ": in use by another process");
    return file;
}

dirtylog::environment environment_of(const configuration& settings) {
    dirtylog::environment env;
    env.directory = settings.state_directory;
    auto boot = dirtylog::this_boot();
    if (!boot) throw startup_error(boot.error().text());
    env.boot = *boot;
    env.log_directory = settings.log.directory;
    env.open_log = [](const std::string& path) -> dirtylog::result<std::unique_ptr<dirtylog::storage>> {
        if (auto good = check_place_of_log(path); !good) return good.error();
        return dirtylog::open_log_storage(path);
    };
    env.is_named = [](const dirtylog::log_uuid& uuid) { return is_named(uuid.view()); };
    if (settings.log.flush_legs) env.find_legs = [](const dirtylog::log_uuid& uuid) { return find_legs(uuid.view()); };
    return env;
}

}  // namespace dmdirtylogd
