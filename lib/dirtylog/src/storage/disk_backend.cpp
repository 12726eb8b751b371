#include "storage/backend.hpp"

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <random>

namespace dirtylog {
namespace {

std::uint64_t random_number() {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

class disk_backend final : public backend {
public:
    disk_backend(const environment& env, const log_key& key, const log_arguments& arguments)
        : env_(env), key_(key), arguments_(arguments) {}

    result<opened_log> open() override {
        auto opened = env_.open_log(arguments_.path);
        if (!opened) return opened.error();
        log_ = std::move(*opened);
        journal_.emplace(*log_);
        if (auto fits = check_content(); !fits) return fits.error();
        if (auto has_room = log_->reserve(layout::size_for(arguments_.shape.regions())); !has_room)
            return has_room.error();
        for (const std::string& path : arguments_.legs) {
            auto leg = env_.open_leg(path);
            if (!leg) return leg.error();
            legs_.push_back(std::move(*leg));
        }
        return opened_log{log_->device(), log_->place()};
    }

    result<persisted_state> recall() override {
        persisted_state before;
        const auto state = journal_->refresh();
        if (!state) return state.error();
        before.state = *state;
        if (*state != journal_state::whole) return before;
        if (!is_ours()) {
            before.state = journal_state::foreign;
            return before;
        }
        before.shape = journal_->header().shape;
        auto bits = journal_->read();
        if (!bits) return bits.error();
        before.bits = std::move(*bits);
        return before;
    }

    result<void> begin(live_state& live, const persisted_state& before) override {
        is_broken_ = true;
        if (before.state == journal_state::foreign) return not_ours();
        // Find the legs now: they are needed even if the mirror is removed at once.
        if (arguments_.legs.empty() && env_.find_legs) static_cast<void>(found_legs());
        bit_words dirty(words_for(live.regions()));
        if (before.state == journal_state::whole)
            std::copy_n(before.bits.dirty.begin(), std::min(dirty.size(), before.bits.dirty.size()), dirty.begin());
        const auto clean = live.words().clean;
        for (std::size_t i = 0; i < dirty.size(); ++i) dirty[i] |= ~clean[i];
        bitmap(live.regions(), dirty).trim();
        stored_ = std::move(dirty);
        // Regions that are dirty on disk count as changed, since their next mark is not written.
        for (std::size_t i = 0; i < stored_.size(); ++i) live.words().changed[i] |= stored_[i];
        // Rewrite even unchanged blocks: after a kill or a failed sync the read data may exist only in the cache.
        if (auto written = rewrite(live, before.state == journal_state::whole); !written) return written;
        live.set_epoch(journal_->header().epoch);
        is_broken_ = false;
        return {};
    }

    result<void> commit() override {
        if (is_broken_) return errno_failure(EIO, arguments_.path + " has no initial state");
        return groups_.empty() ? result<void>() : journal_->write(groups_, blocks_);
    }

    result<void> flush_legs() override {
        if (arguments_.legs.empty() && env_.find_legs) return flush_found_legs();
        for (const auto& leg : legs_)
            if (auto flushed = leg->sync(); !flushed) return flushed;
        return {};
    }

    result<void> begin_epoch(live_state&, const checkpoint_name& name,
                             std::span<const std::uint64_t> changed) override {
        return journal_->begin_epoch(name, changed);
    }

    result<void> forget_checkpoint(live_state&, const checkpoint_name& name) override {
        const auto forgotten = journal_->forget_checkpoint(name);
        if (!forgotten) return forgotten.error();
        if (!*forgotten) return errno_failure(ENOENT, "checkpoint " + name.str());
        return {};
    }

    result<std::optional<bit_words>> changes_since(live_state&, const checkpoint_name& name) override {
        const auto& all = journal_->header().checkpoints;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i].epoch == 0 || !(all[i].name == name)) continue;
            auto words = journal_->read_checkpoint(i);
            if (!words) return words.error();
            return std::optional<bit_words>(std::move(*words));
        }
        return std::optional<bit_words>();
    }

    std::vector<std::string> checkpoints(live_state&) override {
        std::vector<std::string> names;
        for (const checkpoint& each : journal_->header().checkpoints)
            if (each.epoch != 0) names.push_back(each.name.str());
        return names;
    }

    void attach(const region_log& log) override {
        stored_.resize(words_for(log.regions()));
        plan_.emplace(log, std::move(stored_));
        blocks_.reserve(layout::groups_for(log.regions()));
    }
    void marked(region which) noexcept override { plan_->mark(which); }
    bool has_due() const noexcept override { return is_broken_ || plan_->has_due(); }
    bool is_broken() const noexcept override { return is_broken_; }
    bool has_legs() const noexcept override { return !arguments_.legs.empty() || env_.find_legs; }

    clear_step next_clear_step(const region_log& log) noexcept override {
        if (is_broken_) return clear_step::none;
        if (plan_->has_idle()) {
            if (has_legs()) return clear_step::flush_legs;
            plan_->confirm_idle();
            return clear_step::commit;
        }
        if (!plan_->may_clear(log)) return clear_step::none;
        plan_->on_idle(log);
        return clear_step::wait;
    }
    void confirm_idle() noexcept override { plan_->confirm_idle(); }
    void confirm_clean(const region_log& log) noexcept override { plan_->confirm_clean(log); }

    void prepare(const region_log& log) noexcept override {
        groups_ = plan_->prepare(log);
        blocks_.clear();
        const std::span<const std::uint64_t> changed = log.changed_bits().words();
        const journal_header& header = journal_->header();
        for (const std::size_t group : groups_)
            blocks_.push_back(make_block({header.incarnation, group, 0}, header.epoch, plan_->dirty(group),
                                         layout::words_of(changed, group)));
    }
    void finish(bool written) noexcept override {
        plan_->finish(written);
        if (!groups_.empty()) failed_ = !written;
        groups_ = {};
    }
    std::span<const std::uint64_t> stored() const noexcept override { return plan_->stored(); }
    char health() const noexcept override { return failed_ || is_broken_ ? 'D' : 'A'; }

private:
    // Refuses to overwrite another log, or other data.
    result<void> check_content() {
        const auto state = journal_->refresh();
        if (!state) return state.error();
        if (*state == journal_state::foreign) return not_ours();
        if (*state != journal_state::whole) return {};
        if (!is_ours()) return not_ours();
        const journal_header& there = journal_->header();
        if (there.shape.region_size != arguments_.shape.region_size)
            return errno_failure(EINVAL, arguments_.path + " is a log of regions of " +
                                             std::to_string(there.shape.region_size.count()) + " sectors, not " +
                                             std::to_string(arguments_.shape.region_size.count()));
        return {};
    }

    bool is_ours() const noexcept { return journal_->header().uuid == key_.uuid; }
    failure not_ours() const {
        const log_uuid& owner = journal_->header().uuid;
        return errno_failure(
            EEXIST, arguments_.path + (owner.view().empty() ? " contains data that is not a log; zero the file first"
                                                            : " is the log of " + owner.str()));
    }

    // Look the legs up each time, since the table may have changed. A mirror under removal is in no table any more.
    result<std::vector<std::string>> found_legs() {
        auto found = env_.find_legs(key_.uuid);
        const std::scoped_lock lock(found_legs_mutex_);
        if (found) found_legs_ = std::move(*found);
        if (!found_legs_) return found.error();
        return *found_legs_;
    }

    result<void> flush_found_legs() {
        const auto found = found_legs();
        if (!found) return found.error();
        for (const std::string& path : *found) {
            const auto leg = env_.open_leg(path);
            if (!leg) return leg.error();
            if (auto flushed = (*leg)->sync(); !flushed) return flushed;
        }
        return {};
    }

    result<void> rewrite(live_state& live, bool is_whole) {
        journal_header next;
        if (is_whole) {
            next = journal_->header();
        } else {
            next.incarnation = random_number();
        }
        next.uuid = key_.uuid;
        next.shape = arguments_.shape;
        return journal_->rewrite(next, stored_, live.words().changed);
    }

    const environment& env_;
    log_key key_;
    log_arguments arguments_;
    std::unique_ptr<storage> log_;
    std::vector<std::unique_ptr<storage>> legs_;
    /// Result of the last lookup. The job that flushes the legs may run beside the others, hence the mutex.
    std::optional<std::vector<std::string>> found_legs_;
    std::mutex found_legs_mutex_;
    std::optional<journal> journal_;
    /// Used until `attach`.
    bit_words stored_;
    std::optional<commit_plan> plan_;
    /// Groups of the current commit.
    std::span<const std::size_t> groups_;
    std::vector<block> blocks_;
    /// Result of the last commit that wrote.
    bool failed_ = false;
    /// The disk lacks the log's initial state. Not modified while the log works.
    bool is_broken_ = false;
};

}  // namespace

std::unique_ptr<backend> make_disk_backend(const environment& env, const log_key& key, const log_arguments& arguments) {
    return std::make_unique<disk_backend>(env, key, arguments);
}

}  // namespace dirtylog
