#include "service/file_set_rules.hpp"

#include "monitor/failure_text.hpp"

#include <utility>

namespace filemap {
namespace {

bool same_settings(const monitor_config& a, const monitor_config& b) {
    return a.program_id == b.program_id && a.counting == b.counting && a.regions == b.regions &&
           a.interval == b.interval && a.tolerance == b.tolerance && a.verify == b.verify &&
           a.delete_on_exit == b.delete_on_exit;
}

}  // namespace

std::string_view describe(file_state state) noexcept {
    switch (state) {
        case file_state::waiting: return "waiting";
        case file_state::starting: return "starting";
        case file_state::following: return "following";
        case file_state::ended: return "ended";
        case file_state::failed: return "failed";
    }
    return "unknown";
}

request_change change_between(const file_request& before, const file_request& after) {
    if (before.settings->follow != after.settings->follow) return request_change::monitor;
    const bool same = before.must_exist == after.must_exist && before.alias_part == after.alias_part &&
                      (before.settings == after.settings || same_settings(*before.settings, *after.settings));
    return same ? request_change::none : request_change::settings;
}

after_end what_follows(const monitor_end& end, const std::string& path, bool was_watching) {
    const std::string reason(end.reason == end_reason::failed ? without_subject(end.text, path)
                                                              : std::string(describe(end.reason)));
    switch (end.reason) {
        case end_reason::stopped:
        case end_reason::group_removed: return {file_state::ended, false, false, reason};
        case end_reason::file_dead:
        case end_reason::path_gone:
        case end_reason::unmounted:
        case end_reason::device_gone: return {file_state::waiting, was_watching, false, reason};
        case end_reason::failed: {
            // The end of the other daemon raises no event.
            const bool may_pass = end.code == errc::group_claimed;
            return {file_state::failed, may_pass, may_pass, reason};
        }
    }
    return {file_state::failed, false, false, reason};
}

after_search what_follows(const failure& failed, const std::string& path, bool must_exist) {
    namespace sys = boost::system::errc;
    const bool is_absent = failed.code == sys::no_such_file_or_directory || failed.code == sys::not_a_directory ||
                           failed.code == sys::too_many_symbolic_link_levels;
    if (!is_absent) return {file_state::failed, true, !is_permanent(failed.code), without_subject(failed.text(), path)};
    const std::string reason = failed.code.message();
    if (must_exist) return {file_state::failed, false, false, reason};
    return {file_state::waiting, true, false, reason};
}

}  // namespace filemap
