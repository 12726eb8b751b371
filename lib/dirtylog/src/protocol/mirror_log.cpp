#include "protocol/mirror_log.hpp"

#include "protocol/registry.hpp"

namespace dirtylog {
namespace {

// Regions that are not dirty on disk are in sync. Regions that are new to the log start as the table says.
void fill_from_journal(live_state& live, const persisted_state& stored, bool new_are_clean) {
    const live_words words = live.words();
    const region_count before = stored.shape.regions();
    const region_count all = live.regions();
    const bitmap clean(all, words.clean), sync(all, words.sync), changed(all, words.changed);
    live.fill(new_are_clean);
    bit_words dirty = stored.bits.dirty, has_changed = stored.bits.changed;
    for (std::uint64_t i = 0; i < std::min(before.count(), all.count()); ++i) {
        const region which{i};
        if (bitmap(before, dirty).test(which)) {
            clean.reset(which);
            sync.reset(which);
        } else {
            sync.set(which);
            clean.set(which);
            if (!bitmap(before, has_changed).test(which)) changed.reset(which);
        }
    }
}

}  // namespace

mirror_log::mirror_log(const environment& environment_of_log, const log_key& name, log_arguments parsed,
                       std::string text, bool is_known)
    : env(environment_of_log),
      key(name),
      arguments(std::move(parsed)),
      argument_text(std::move(text)),
      known_before(is_known),
      store(make_backend(env, key, arguments)) {
    main.log = legs.log = this;
    legs.kind = job_kind::flush_legs;
}

void mirror_log::run(job& what) {
    switch (what.kind) {
        case job_kind::open: what.outcome = open(); break;
        case job_kind::load: what.outcome = load(); break;
        case job_kind::settle: what.outcome = settle(); break;
        case job_kind::commit: what.outcome = store->commit(); break;
        case job_kind::track: what.outcome = track(); break;
        case job_kind::flush_legs: what.outcome = store->flush_legs(); break;
        case job_kind::close: close(); break;
    }
}

result<void> mirror_log::open() {
    auto result = store->open();
    if (!result) return result.error();
    opened = std::move(*result);
    if (is_restored) return {};
    // An earlier log had this address, and its DTR was missed.
    if (!known_before) live_state::remove(env.directory, key.luid);
    return registry(env.directory).remember({key, env.boot, argument_text, known_before});
}

result<void> mirror_log::load() {
    if (!live && (known_before || is_restored)) {
        auto found = live_state::attach(env.directory, key, env.boot);
        if (found && *found && (*found)->shape() == arguments.shape) live = std::move(*found);
    }
    // The mirror was removed while no server ran. A mirror of that name that is created now is a different one.
    const bool has_ended = live && is_restored && live->phase() == live_phase::suspended && env.is_named;
    if (has_ended && !env.is_named(key.uuid)) live.reset();
    if (!live && is_restored) return {};
    auto stored = store->recall();
    // An unreadable log counts as damaged. Writing to it then fails too, or replaces all of it.
    const bool is_readable = stored.has_value();
    if (!is_readable) stored = persisted_state{journal_state::damaged, {}, {}};
    damaged = stored->bits.damaged;
    source = decide_start({arguments.kind, known_before, live != nullptr, previous, stored->state});
    if (!live)
        if (auto made = make_live(*stored); !made) return made;
    return store->begin(*live, *stored);
}

result<void> mirror_log::make_live(const persisted_state& stored) {
    const bool is_core = arguments.kind == backend_kind::core;
    auto made = live_state::create(env.directory, {key, env.boot, arguments.shape, is_core});
    if (!made) return made.error();
    const bool nosync = arguments.initial == initial_state::nosync;
    switch (source) {
        case start_source::live: break;
        case start_source::predecessor:
            (*made)->continue_from(*previous_live, nosync);
            // Checkpoints on disk from an earlier time lack the changes since then.
            if (previous_is_elsewhere) bitmap(arguments.shape.regions(), (*made)->words().changed).fill(true);
            break;
        case start_source::journal: fill_from_journal(**made, stored, nosync); break;
        case start_source::fresh: (*made)->fill(nosync); break;
        case start_source::unknown: (*made)->fill(false); break;
    }
    if (auto shown = (*made)->publish(); !shown) return shown.error();
    live = std::move(*made);
    // The next process must find only one state.
    if (previous_live) live_state::remove(env.directory, previous_luid);
    return {};
}

result<void> mirror_log::settle() {
    if (auto flushed = store->flush_legs(); !flushed) return flushed;
    return store->commit();
}

result<void> mirror_log::track() {
    using kind = tracking_request::kind;
    switch (tracking->what) {
        case kind::begin: return store->begin_epoch(*live, tracking->name, tracking->changed);
        case kind::forget: return store->forget_checkpoint(*live, tracking->name);
        case kind::changes: break;
    }
    auto before_this_epoch = store->changes_since(*live, tracking->name);
    if (!before_this_epoch) return before_this_epoch.error();
    tracking->everything = !before_this_epoch->has_value();
    if (tracking->everything) return {};
    for (std::size_t i = 0; i < tracking->changed.size(); ++i) tracking->changed[i] |= (**before_this_epoch)[i];
    return {};
}

// Keep the log on disk: the next table's log may already use it.
void mirror_log::close() noexcept {
    live.reset();
    store.reset();
    live_state::remove(env.directory, key.luid);
    registry(env.directory).forget(key.luid);
}

}  // namespace dirtylog
