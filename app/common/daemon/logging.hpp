#pragma once

#include <filemap/logger.hpp>

#include <string>

/// Selects the destination of log messages. Call these functions on the event loop's thread only.
namespace app::daemon {

/// Sends messages up to a level to stderr, as "PROGRAM: MESSAGE".
void log_to_stderr(const std::string& program, filemap::log_level most);

/// Sends messages up to a level to stderr in the journal's form "<PRIORITY>MESSAGE" (sd-daemon(3)).
void log_to_journal(filemap::log_level most);

/// Calls `log_to_journal` if stderr is connected to the journal, otherwise `log_to_stderr`.
void log_as_service(const std::string& program, filemap::log_level most);

/// Sends messages to syslog (facility daemon). @param stderr_too True to keep sending messages to stderr as well.
void log_to_syslog(const std::string& program, bool stderr_too);

/// Returns the logger for the library and the program. Unprintable bytes are escaped.
[[nodiscard]] filemap::logger make_logger(filemap::log_level most);

}  // namespace app::daemon
