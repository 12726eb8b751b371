#pragma once

#include <filemap/logger.hpp>

#include <string>

/// Where this program's messages go. For the thread of the event loop only.
namespace app::daemon {

/// Messages up to a level go to stderr, as "PROGRAM: MESSAGE".
void log_to_stderr(const std::string& program, filemap::log_level most);

/// Messages up to a level go to stderr as the journal takes them: "<PRIORITY>MESSAGE" (sd-daemon(3)).
void log_to_journal(filemap::log_level most);

/// The one or the other, by where stderr goes.
void log_as_service(const std::string& program, filemap::log_level most);

/// Messages go to syslog (facility daemon), and no longer to stderr unless @p stderr_too.
void log_to_syslog(const std::string& program, bool stderr_too);

/// Returns the logger for the library and the program. Foreign text is made printable.
[[nodiscard]] filemap::logger make_logger(filemap::log_level most);

}  // namespace app::daemon
