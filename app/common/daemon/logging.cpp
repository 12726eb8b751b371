#include "common/daemon/logging.hpp"

#include "common/daemon/notify_socket.hpp"
#include "common/text/display.hpp"

// Uses the C library for syslog, so that Boost.Log's socket backend need not be linked.
#define BOOST_LOG_USE_NATIVE_SYSLOG
#include <boost/core/null_deleter.hpp>
#include <boost/log/attributes/value_extraction.hpp>
#include <boost/log/core.hpp>
#include <boost/log/keywords/facility.hpp>
#include <boost/log/keywords/ident.hpp>
#include <boost/log/keywords/use_impl.hpp>
#include <boost/log/sinks/sync_frontend.hpp>
#include <boost/log/sinks/syslog_backend.hpp>
#include <boost/log/sinks/text_ostream_backend.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <boost/log/sources/severity_logger.hpp>
#include <boost/log/utility/formatting_ostream.hpp>
#include <boost/make_shared.hpp>

#include <iostream>

namespace app::daemon {
namespace {

namespace log = boost::log;
namespace sinks = boost::log::sinks;
using filemap::log_level;

using stderr_sink = sinks::synchronous_sink<sinks::text_ostream_backend>;
using syslog_sink = sinks::synchronous_sink<sinks::syslog_backend>;

boost::shared_ptr<stderr_sink>& present_stderr_sink() {
    static boost::shared_ptr<stderr_sink> sink;
    return sink;
}

log_level level_of(const log::record_view& record) {
    return log::extract_or_default<log_level>("Severity", record, log_level::error);
}

void format_for_stderr(const std::string& program, const log::record_view& record, log::formatting_ostream& out) {
    out << program << ": ";
    if (level_of(record) == log_level::warning) out << "warning: ";
    out << log::extract_or_default<std::string>("Message", record, std::string{});
}

sinks::syslog::level syslog_level_of(const log::record_view& record) {
    switch (level_of(record)) {
        case log_level::error: return sinks::syslog::error;
        case log_level::warning: return sinks::syslog::warning;
        case log_level::notice: return sinks::syslog::notice;
        case log_level::info: return sinks::syslog::info;
        case log_level::debug: return sinks::syslog::debug;
    }
    return sinks::syslog::error;
}

void format_for_journal(const log::record_view& record, log::formatting_ostream& out) {
    out << '<' << static_cast<int>(syslog_level_of(record)) << '>'
        << log::extract_or_default<std::string>("Message", record, std::string{});
}

template <class Format>
void write_to_stderr(log_level most, Format format) {
    log::core::get()->set_filter([most](const log::attribute_value_set& values) {
        return log::extract_or_default<log_level>("Severity", values, log_level::error) <= most;
    });
    auto backend = boost::make_shared<sinks::text_ostream_backend>();
    backend->add_stream(boost::shared_ptr<std::ostream>(&std::clog, boost::null_deleter()));
    backend->auto_flush(true);
    auto& sink = present_stderr_sink();
    sink = boost::make_shared<stderr_sink>(std::move(backend));
    sink->set_formatter(format);
    log::core::get()->add_sink(sink);
}

}  // namespace

void log_to_stderr(const std::string& program, log_level most) {
    write_to_stderr(most, [program](const log::record_view& record, log::formatting_ostream& out) {
        format_for_stderr(program, record, out);
    });
}

void log_to_journal(log_level most) {
    write_to_stderr(most, &format_for_journal);
}

void log_as_service(const std::string& program, log_level most) {
    if (stderr_is_journal()) {
        log_to_journal(most);
    } else {
        log_to_stderr(program, most);
    }
}

void log_to_syslog(const std::string& program, bool stderr_too) {
    auto backend = boost::make_shared<sinks::syslog_backend>(log::keywords::use_impl = sinks::syslog::native,
                                                             log::keywords::facility = sinks::syslog::daemon,
                                                             log::keywords::ident = program);
    backend->set_severity_mapper(&syslog_level_of);
    log::core::get()->add_sink(boost::make_shared<syslog_sink>(std::move(backend)));
    if (stderr_too) return;
    log::core::get()->remove_sink(present_stderr_sink());
    present_stderr_sink().reset();
}

filemap::logger make_logger(log_level most) {
    return {most,
            [source = log::sources::severity_logger<log_level>()](log_level level, std::string_view message) mutable {
                BOOST_LOG_SEV(source, level) << one_line(message);
            }};
}

}  // namespace app::daemon
