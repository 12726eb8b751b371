// Status and log lines of a monitor.
#include "monitor/failure_text.hpp"
#include "monitor/monitor_task.hpp"

#include <tuple>
#include <utility>

namespace filemap {
namespace {

std::string sectors_text(sectors n) {
    return std::to_string(n.count()) + " sectors";
}

std::string to_text(const dm::counters& counted) {
    return std::to_string(counted.reads) + " reads of " + sectors_text(counted.sectors_read) + " and " +
           std::to_string(counted.writes) + " writes of " + sectors_text(counted.sectors_written);
}

}  // namespace

void monitor_task::update_status(const refresh_result& findings) {
    const auto reported_members = [](const monitor_status& s) {
        return std::tie(s.inode, s.group, s.regions, s.missing_regions, s.extents, s.bridged, s.not_mapped, s.problem);
    };
    const monitor_status before = status_;
    const sync_report& done = sync_.report();
    status_.inode = mapped_identity_.inode;
    reported_file_ = mapped_identity_;
    status_.group = sync_.state().id;
    status_.regions = sync_.state().regions.size();
    status_.missing_regions = done.missing;
    status_.extents = extents_;
    status_.bridged = done.bridged;
    status_.shared = shared_;
    status_.not_mapped = not_mapped_;
    status_.carried = sync_.carried();
    status_.inferred = sync_.inferred();
    ++status_.refreshes;
    if (is_sync(findings)) {
        ++status_.syncs;
        status_.synced_at = std::chrono::system_clock::now();
    }
    status_.problem = findings.error ? without_subject(findings.error->text(), config_.path) : findings.reason;
    if (handlers_.changed && reported_members(before) != reported_members(status_)) handlers_.changed(status_);
}

void monitor_task::report(refresh_result& result) {
    if (refresh_state_->not_mapped) {
        result.error = refresh_state_->not_mapped;
        return log_failure(*refresh_state_->not_mapped, {});
    }
    const sync_report& done = sync_.report();
    result.awaits_allocation = awaits_allocation_;
    // Newly allocated blocks may still be under way to the device.
    result.growth_unresolved = sync_.growth_unresolved() || (awaited_allocation_ && done.created > 0);
    result.past_end = past_end_;
    result.has_shared = shared_.count() > 0;
    result.listed = done.listed;
    result.group_removed = done.group_removed;
    if (done.error) result.error = *done.error;
    if (done.not_stored) {
        log_once(topic::not_stored, log_level::warning,
                 "cannot store the counters of deleted regions (" + done.not_stored->text() + ")");
    }
    if (done.group_removed || (done.error && is_permanent(done.error->code))) return;

    const group_state& group = sync_.state();
    if (done.replaced_group) {
        log(log_level::notice,
            "group not as configured; recreated it, its deleted regions had counted " + to_text(*done.replaced_group));
    }
    if (group.id != logged_group_) {
        if (logged_group_ && group.id) {
            log(log_level::notice, "group_id changed from " + std::to_string(logged_group_->value()) + " to " +
                                       std::to_string(group.id->value()));
        } else if (logged_group_) {
            log(log_level::notice, "file has no extents; deleted group " + std::to_string(logged_group_->value()) +
                                       ", will recreate it later");
        } else {
            // A missing group was reported before, so its appearance is reported at notice level.
            log(watching_ ? log_level::notice : log_level::info,
                "using group " + std::to_string(group.id->value()) + " on device " + to_string(device_));
            log_carried();
        }
        logged_group_ = group.id;
    }
    if (done.changed()) {
        log(log_level::debug, std::to_string(done.created) + " regions created, " + std::to_string(done.removed) +
                                  " deleted, " + std::to_string(done.adopted) + " adopted; now " +
                                  std::to_string(group.regions.size()));
    }
    if (done.error) {
        const std::string partly =
            done.missing > 0 ? "; partly mapped, " + std::to_string(done.missing) + " regions are missing" : "";
        log_failure(*done.error, partly);
    } else {
        logged_.erase(topic::failure);
    }
    if (result.mapped) log_not_mapped();
    // A file without extents never gets a group, so do not wait for one.
    if (!done.error || logged_group_) log_watching();
}

void monitor_task::log_lookup() {
    if (refresh_state_->not_watched) log_not_watched(*refresh_state_->not_watched);
    if (refresh_state_->result.error) return log_failure(*refresh_state_->result.error, {});
    log_missing(refresh_state_->result);
}

void monitor_task::log_missing(const refresh_result& findings) {
    if (findings.found == fs::file_snapshot::state::missing) {
        log_once(topic::missing, log_level::info, "waiting for the file to appear (" + findings.reason + ")");
    } else {
        logged_.erase(topic::missing);
    }
}

// A reached watch limit affects all later files, so warn for the first file only.
void monitor_task::log_not_watched(const failure& refused) {
    const bool is_limit = refused.code == boost::system::errc::no_space_on_device;
    const bool is_known = is_limit && !(hub_ && hub_->is_first_at_limit());
    log_once(topic::watching, is_known ? log_level::info : log_level::warning,
             (is_limit ? "inotify watch limit reached (fs.inotify.max_user_watches)"
                       : "cannot set inotify watches (" + refused.text() + ")") +
                 "; polling once per second");
}

void monitor_task::log_not_mapped() {
    if (!not_mapped_.empty()) {
        log_once(topic::not_mapped, log_level::notice, "not mapped: " + not_mapped_);
    } else if (logged_.erase(topic::not_mapped) > 0) {
        log(log_level::notice, "whole file mapped");
    }
    const sectors bridged = sync_.report().bridged;
    const std::string text = bridged.count() > 0 ? "counting " + sectors_text(bridged) +
                                                       " outside the file, to keep the number of regions low"
                                                 : "";
    if (!text.empty()) log_once(topic::bridged, log_level::notice, text);
}

std::string monitor_task::totals_text() const {
    std::string words = to_text(sync_.carried());
    if (sync_.inferred().count() > 0)
        words += "; " + sectors_text(sync_.inferred()) + " written before regions covered them (estimated)";
    return words;
}

void monitor_task::log_carried() const {
    if (sync_.carried() != dm::counters{} || sync_.inferred().count() > 0)
        log(log_level::info, "counters of deleted regions: " + totals_text());
}

void monitor_task::log_removed() const {
    log(log_level::info, "deleted the regions; their counters: " + totals_text());
}

void monitor_task::log_watching() {
    if (std::exchange(watching_, true)) return;
    if (handlers_.watching) handlers_.watching(sync_.state().id);
}

void monitor_task::log(log_level level, const std::string& text) const {
    if (log_->enabled(level)) (*log_)(level, config_.path + ": " + text);
}

// A permanent failure is logged by the end of the monitor.
void monitor_task::log_failure(const failure& failed, const std::string& partly) {
    if (!is_permanent(failed.code))
        log_once(topic::failure, log_level::warning,
                 without_subject(failed.text(), config_.path) + partly + "; will retry");
}

void monitor_task::log_once(topic about, log_level level, const std::string& text) {
    if (const auto last = logged_.find(about); last != logged_.end() && last->second == text) return;
    logged_[about] = text;
    log(level, text);
}

}  // namespace filemap
