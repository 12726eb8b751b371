#include "protocol/protocol.hpp"

#include <algorithm>

namespace dirtylog {

protocol::protocol(environment env, logger log, protocol_options options)
    : env_(std::move(env)), log_(std::move(log)), options_(std::move(options)) {}

void protocol::restore(const std::vector<log_record>& records) {
    for (const log_record& record : records) {
        auto arguments = parse_log_arguments(record.constructor, page_in_sectors(), env_.log_directory);
        if (!arguments)
            log_(log_level::error, "log " + record.key.uuid.str() + " not restored: " + arguments.error().text());
        if (!arguments || find(record.key)) continue;
        mirror_log& log = add(record.key, std::move(*arguments), record.constructor, record.known_before);
        log.is_restored = true;
        want(log, job_kind::open);
        want(log, job_kind::load);
    }
}

mirror_log* protocol::find(const log_key& key) noexcept {
    const auto found = logs_.find(key);
    return found == logs_.end() ? nullptr : found->second.get();
}

mirror_log* protocol::find_working(std::string_view uuid) const noexcept {
    for (const auto& [key, log] : logs_)
        if (key.uuid.view() == uuid && log->is_working()) return log.get();
    return nullptr;
}

mirror_log& protocol::add(const log_key& key, log_arguments arguments, std::string text, bool known_before) {
    auto made = std::make_unique<mirror_log>(env_, key, std::move(arguments), std::move(text), known_before);
    mirror_log& log = *made;
    logs_.emplace(key, std::move(made));
    // Reserve here, so that `queue` does not allocate.
    queue_.reserve(logs_.size());
    return log;
}

protocol::verdict protocol::wait(mirror_log& log, job_kind kind, const kernel_request& message, std::size_t slot,
                                 waiting_request::reply_kind what) {
    const bool is_full = log.waiting == log.waiters.size();
    if (is_full) {
        replaced_ = log.waiters.front().slot;
        std::shift_left(log.waiters.begin(), log.waiters.end(), 1);
        --log.waiting;
    }
    // The running commit answers a FLUSH if it contains all its marks. Otherwise the next commit does.
    const bool goes_with = log.is_doing(kind) && !log.wants(kind);
    log.waiters[log.waiting++] = {message.seq, slot, kind, goes_with, what};
    return is_full ? verdict::replace : verdict::wait;
}

void protocol::want(mirror_log& log, job_kind what) {
    log.want(what);
    queue(log);
}

void protocol::queue(mirror_log& log) {
    if (log.is_queued) return;
    log.is_queued = true;
    queue_.push_back(&log);
}

std::vector<log_status> protocol::status() const {
    std::vector<log_status> all;
    for (const auto& [key, log] : logs_) {
        log_status one{key, log->phase,   log->arguments.table_text, log->arguments.shape, {}, {}, {}, {},
                       'A', log->requests};
        if (log->is_working()) {
            one.in_sync = log->regions->in_sync();
            one.dirty = log->regions->dirty();
            if (log->arguments.kind == backend_kind::disk) one.dirty_on_disk = count_ones(log->store->stored());
            one.recovering = log->regions->outstanding();
            one.health = log->store->health();
        }
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace dirtylog
