#include "protocol/protocol.hpp"

#include <algorithm>
#include <cerrno>

namespace dirtylog {

void protocol::track(std::string_view uuid, std::string_view name, tracking_request::kind what, tracked done) {
    mirror_log* const log = find_working(uuid);
    const auto named = checkpoint_name::make(name);
    if (!log) return done(errno_failure(ENODEV, "log " + std::string(uuid) + " is not active"));
    if (!named || name.empty())
        return done(errno_failure(EINVAL, "checkpoint \"" + std::string(name) + "\" has no name of 1 to " +
                                              std::to_string(checkpoint_name::capacity) + " bytes"));
    if (log->tracking) return done(errno_failure(EBUSY, "log " + std::string(uuid)));
    if (what == tracking_request::kind::begin && std::ranges::find(log->checkpoints, name) != log->checkpoints.end())
        return done(errno_failure(EEXIST, "checkpoint " + std::string(name)));
    log->tracking = tracking_request{what, *named, {}, false, std::move(done)};
    want(*log, job_kind::track);
}

void protocol::complete_track(mirror_log& log, const result<void>& outcome) {
    tracking_request ended = std::move(*log.tracking);
    log.tracking.reset();
    log.checkpoints = log.store->checkpoints(*log.live);
    if (!outcome) return ended.done(outcome.error());
    if (ended.what == tracking_request::kind::begin) {
        // Regions that are in use, or dirty on disk, stay changed, as do regions that became dirty meanwhile.
        const auto clean = log.regions->clean_bits().words();
        const auto changed = log.regions->changed_bits();
        const auto stored = log.store->stored();
        for (std::size_t i = 0; i < clean.size(); ++i)
            changed.words()[i] =
                (changed.words()[i] & ~ended.changed[i]) | ~clean[i] | (stored.empty() ? 0 : stored[i]);
        changed.trim();
        log.live->set_epoch(log.live->epoch() + 1);
    }
    if (ended.what != tracking_request::kind::changes) return ended.done(changes{});
    const geometry shape = log.arguments.shape;
    ended.done(ended.everything ? all_of(shape) : changes_from(shape, ended.changed));
}

void protocol::begin_checkpoint(std::string_view uuid, std::string_view name, tracked done) {
    track(uuid, name, tracking_request::kind::begin, std::move(done));
}

void protocol::forget_checkpoint(std::string_view uuid, std::string_view name, tracked done) {
    track(uuid, name, tracking_request::kind::forget, std::move(done));
}

void protocol::changes_since(std::string_view uuid, std::string_view name, tracked done) {
    track(uuid, name, tracking_request::kind::changes, std::move(done));
}

std::vector<std::string> protocol::checkpoints(std::string_view uuid) const {
    const mirror_log* const log = find_working(uuid);
    return log ? log->checkpoints : std::vector<std::string>();
}

}  // namespace dirtylog
