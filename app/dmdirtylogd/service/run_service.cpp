#include "dmdirtylogd/service/run_service.hpp"

#include "common/cli/input_file.hpp"
#include "common/cli/startup_error.hpp"
#include "common/daemon/descriptors.hpp"
#include "common/daemon/logging.hpp"
#include "common/daemon/privileges.hpp"
#include "common/daemon/signals.hpp"
#include "dmdirtylogd/config/load_configuration.hpp"
#include "dmdirtylogd/process/memory_lock.hpp"
#include "dmdirtylogd/process/startup_checks.hpp"
#include "dmdirtylogd/process/stored_connector.hpp"
#include "dmdirtylogd/service/log_environment.hpp"
#include "dmdirtylogd/service/log_service.hpp"
#include "netlink/connector_socket.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <string>
#include <utility>

#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dmdirtylogd {
namespace {

using app::startup_error;
using filemap::log_level;
using filemap::fs::descriptor;

descriptor open_connector() {
    auto opened = dirtylog::open_connector_socket();
    if (!opened) throw startup_error(opened.error().text());
    return std::move(*opened);
}

void keep_needed_privileges() {
    // CAP_SYS_ADMIN: answers to the kernel and queries to device-mapper. CAP_IPC_LOCK: memory locked from now on.
    if (const auto dropped = app::daemon::drop_privileges({CAP_SYS_ADMIN, CAP_IPC_LOCK}); !dropped)
        throw startup_error(dropped.error().text());
}

}  // namespace

int serve(const options& given) {
    std::optional<descriptor> connector = take_stored_connector();
    app::daemon::open_standard_descriptors();
    app::daemon::close_stray_descriptors(connector ? std::optional(connector->get()) : std::nullopt);
    std::signal(SIGPIPE, SIG_IGN);
    app::daemon::hold_signals(SIG_BLOCK);
    limit_memory_use();
    const std::string config_path = app::absolute_path(given.config);
    // Release the start directory, so that its file system can be unmounted.
    if (::chdir("/") != 0) throw startup_error(filemap::last_system_failure("/").text());
    const configuration settings = load_configuration(config_path, given.config_is_given);
    require_capabilities();
    require_connector(connector ? connector->get() : -1);
    ::umask(077);
    make_directory(settings.state_directory);
    make_directory(settings.log.directory);
    const descriptor lock = lock_state(settings.state_directory);
    app::control::listening_socket socket = app::control::listen(settings.control, program_name);
    const bool was_kept = connector.has_value();
    if (!connector) connector = open_connector();
    const log_level level = std::max(settings.log_level, log_level_of(given));
    app::daemon::log_as_service(program_name, level);
    const filemap::logger log = app::daemon::make_logger(level);
    lock_memory(log);
    keep_needed_privileges();
    log_service service(settings, std::move(*connector), was_kept, std::move(socket), log);
    const int status = service.run();
    // Do not return: a thread that hangs on a device would delay the exit.
    ::_exit(status);
}

}  // namespace dmdirtylogd
