#include "protocol/protocol.hpp"

#include <cerrno>

namespace dirtylog {
namespace {

constexpr std::uint32_t first_version_with_device = 2;

}  // namespace

/// Handles one request; one overload per kind.
struct protocol::request_handler {
    protocol& owner;
    const kernel_request& message;
    reply& out;
    std::size_t slot;

    using verdict = protocol::verdict;

    verdict done(int error = 0) const {
        out.fail(error);
        return verdict::reply;
    }
    verdict answer(std::uint64_t number) const {
        out.put(number);
        return verdict::reply;
    }
    verdict answer(std::uint64_t first, std::uint64_t second) const {
        out.put(first);
        return answer(second);
    }
    /// -ESRCH: the kernel constructs and resumes the log, then repeats the request.
    verdict unknown_log() const {
        out.fail(-ESRCH, answer_size(message.body));
        return verdict::reply;
    }
    verdict refused(int error) const {
        out.fail(error, answer_size(message.body));
        return verdict::reply;
    }
    verdict waits(mirror_log& log, job_kind what,
                  waiting_request::reply_kind gets = waiting_request::reply_kind::outcome) const {
        return owner.wait(log, what, message, slot, gets);
    }

    /// Returns the log if it is resumed.
    mirror_log* working() const {
        mirror_log* const log = owner.find(message.key);
        return log && log->is_working() ? log : nullptr;
    }
    /// Resumes a suspended log on I/O: its RESUME was lost while no server ran.
    static void takes_io(mirror_log& log) {
        if (!log.is_suspended()) return;
        log.live->set_phase(live_phase::resumed);
        log.regions->begin_recovery();
    }
    template <class Do>
    verdict on_region(region which, Do what) const {
        mirror_log* const log = working();
        if (!log) return unknown_log();
        return log->regions->has(which) ? what(*log) : refused(-EINVAL);
    }
    static bool has_all(const mirror_log& log, region_list which) {
        for (std::size_t i = 0; i < which.size(); ++i)
            if (!log.regions->has(which[i])) return false;
        return true;
    }
    static void mark(mirror_log& log, region_list which) {
        if (which.size() > 0) takes_io(log);
        for (std::size_t i = 0; i < which.size(); ++i) {
            log.regions->mark(which[i]);
            log.store->marked(which[i]);
        }
    }
    /// Answers when all marks so far are on disk.
    verdict when_durable(mirror_log& log) const {
        if (log.store->has_due()) {
            owner.want(log, job_kind::commit);
            return waits(log, job_kind::commit);
        }
        // Marks in the running commit must be on disk too.
        for (const job_kind writing : {job_kind::commit, job_kind::settle})
            if (log.is_doing(writing)) return waits(log, writing);
        return done();
    }

    verdict operator()(const request::construct& q) const {
        if (mirror_log* const log = owner.find(message.key)) return construct_again(*log, q);
        // The kernel has reused the address: the DTR of the earlier log was missed.
        for (const auto& [key, log] : owner.logs_)
            if (key.luid == message.key.luid) return ask_again_after(*log);
        auto arguments = parse_log_arguments(q.arguments, page_in_sectors(), owner.env_.log_directory);
        if (!arguments) {
            owner.log_(log_level::error, "log " + message.key.uuid.str() + " refused: " + arguments.error().text());
            return done(reply_error(arguments.error()));
        }
        mirror_log& log = owner.add(message.key, std::move(*arguments), std::string(q.arguments), q.is_repeated);
        owner.want(log, job_kind::open);
        return waits_for_opening(log, q);
    }

    bool may_name_device(const request::construct& q) const {
        return !q.is_repeated && message.version >= first_version_with_device;
    }

    verdict waits_for_opening(mirror_log& log, const request::construct& q) const {
        return waits(log, job_kind::open,
                     may_name_device(q) ? waiting_request::reply_kind::device : waiting_request::reply_kind::outcome);
    }

    verdict construct_again(mirror_log& log, const request::construct& q) const {
        if (log.argument_text == q.arguments) {
            // The registry must record that the kernel considers the log resumed.
            const bool is_as_known = log.known_before || !q.is_repeated;
            if (log.phase == log_phase::opening && is_as_known) return waits_for_opening(log, q);
            if (log.phase == log_phase::constructed && is_as_known) {
                if (may_name_device(q) && !log.opened.device.empty()) out.put(log.opened.device);
                return verdict::reply;
            }
            if (log.phase == log_phase::working && q.is_repeated) return done();
        }
        // Otherwise recreate the log. Another log may have reused the address, and the DTR of the first one was missed.
        return ask_again_after(log);
    }

    /// Answers -EAGAIN, on which the kernel retries at once, when that log is closed or can be closed.
    verdict ask_again_after(mirror_log& log) const {
        if (log.phase == log_phase::opening) return waits(log, job_kind::open, waiting_request::reply_kind::again);
        if (log.phase != log_phase::closing) owner.want(log, job_kind::close);
        return waits(log, job_kind::close, waiting_request::reply_kind::again);
    }

    verdict operator()(const request::destroy&) const {
        mirror_log* const log = owner.find(message.key);
        if (!log) return done();
        owner.want(*log, job_kind::close);
        return waits(*log, job_kind::close);
    }

    verdict operator()(const request::presuspend&) const { return owner.find(message.key) ? done() : unknown_log(); }

    verdict operator()(const request::postsuspend&) const {
        mirror_log* const log = owner.find(message.key);
        if (!log) return unknown_log();
        if (!log->is_working()) return done();
        owner.want(*log, job_kind::settle);
        return waits(*log, job_kind::settle);
    }

    verdict operator()(const request::resume&) const {
        mirror_log* const log = owner.find(message.key);
        if (!log || log->phase == log_phase::opening || log->phase == log_phase::closing) return unknown_log();
        if (log->is_working() && !log->store->is_broken()) {
            takes_io(*log);
            return done();
        }
        if (!log->is_doing(job_kind::load)) {
            log->is_restored = false;
            owner.want(*log, job_kind::load);
        }
        return waits(*log, job_kind::load);
    }

    verdict operator()(const request::get_region_size&) const {
        const mirror_log* const log = owner.find(message.key);
        return log ? answer(log->arguments.shape.region_size.count()) : unknown_log();
    }

    verdict operator()(const request::is_clean& q) const {
        return on_region(q.which, [&](mirror_log& log) { return answer(log.regions->is_clean(q.which)); });
    }

    verdict operator()(const request::in_sync& q) const {
        return on_region(q.which, [&](mirror_log& log) { return answer(log.regions->is_in_sync(q.which)); });
    }

    verdict operator()(const request::flush& q) const {
        mirror_log* const log = working();
        if (!log) return unknown_log();
        if (!has_all(*log, q.marks)) return refused(-EINVAL);
        mark(*log, q.marks);
        return when_durable(*log);
    }

    verdict operator()(const request::mark& q) const {
        mirror_log* const log = working();
        if (!log) return unknown_log();
        if (!has_all(*log, q.which)) return refused(-EINVAL);
        mark(*log, q.which);
        return done();
    }

    verdict operator()(const request::clear& q) const {
        mirror_log* const log = working();
        if (!log) return unknown_log();
        if (!has_all(*log, q.which)) return refused(-EINVAL);
        bool is_any_clean = false;
        for (std::size_t i = 0; i < q.which.size(); ++i) is_any_clean |= log->regions->clear(q.which[i]);
        if (is_any_clean && log->arguments.kind == backend_kind::disk) owner.wants_clear_round_ = true;
        return done();
    }

    verdict operator()(const request::get_resync_work&) const {
        mirror_log* const log = working();
        if (!log) return unknown_log();
        takes_io(*log);
        const auto next = log->regions->next_work(log->policy.get());
        return next ? answer(1, next->value()) : answer(0, 0);
    }

    verdict operator()(const request::set_region_sync& q) const {
        return on_region(q.which, [&](mirror_log& log) {
            log.regions->set_sync(q.which, q.in_sync);
            if (q.in_sync) return done();
            log.store->marked(q.which);
            return when_durable(log);
        });
    }

    /// Also sent before RESUME, since loading a table wakes the kernel's thread.
    verdict operator()(const request::get_sync_count&) const {
        const mirror_log* const log = owner.find(message.key);
        if (!log) return unknown_log();
        return answer(log->is_working() ? log->regions->in_sync().count() : 0);
    }

    verdict operator()(const request::status_info&) const {
        const mirror_log* const log = owner.find(message.key);
        if (!log) return unknown_log();
        const bool is_core = log->arguments.kind == backend_kind::core;
        if (is_core) {
            out.put("1 " + log->arguments.type);
        } else {
            const std::string& named = log->phase == log_phase::opening || log->opened.device.empty()
                                           ? log->arguments.path
                                           : log->opened.device;
            const char health = log->is_working() ? log->store->health() : 'A';
            out.put("3 " + log->arguments.type + ' ' + named + ' ' + health);
        }
        return verdict::reply;
    }

    verdict operator()(const request::status_table&) const {
        const mirror_log* const log = owner.find(message.key);
        if (!log) return unknown_log();
        out.put(log->arguments.table_text);
        return verdict::reply;
    }

    verdict operator()(const request::is_remote_recovering&) const {
        const mirror_log* const log = working();
        return log ? answer(0, log->regions->hint().value()) : unknown_log();
    }

    verdict operator()(const request::unknown&) const { return done(-ENOSYS); }
};

protocol::verdict protocol::step(const kernel_request& message, reply& out, std::size_t slot) {
    out.seq = message.seq;
    out.error = 0;
    out.size = 0;
    if (mirror_log* const log = find(message.key)) ++log->requests;
    return std::visit(request_handler{*this, message, out, slot}, message.body);
}

}  // namespace dirtylog
