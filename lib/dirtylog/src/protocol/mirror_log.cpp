#include "protocol/mirror_log.hpp"

#include "protocol/registry.hpp"

namespace dirtylog {
namespace {

// Regions that are not dirty on disk are in sync. Regions that are new to the log start as the table says.
void fill_from_journal(live_state& live, const kept& stored, bool new_are_clean) {
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

mirror_log::mirror_log(const node& home, const log_key& named, constructor says, std::string as_given, bool was_known)
    : on(home),
      key(named),
      how(std::move(says)),
      text(std::move(as_given)),
      again(was_known),
      store(make_backend(on, key, how)) {
    main.of = legs.of = this;
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
    auto opened = store->open();
    if (!opened) return opened.error();
    where = std::move(*opened);
    if (is_restored) return {};
    // An earlier log had this address, and its DTR was missed.
    if (!again) live_state::remove(on.directory, key.luid);
    return registry(on.directory).remember({key, on.boot, text, again});
}

result<void> mirror_log::load() {
    if (!live && (again || is_restored)) {
        auto found = live_state::attach(on.directory, key, on.boot);
        if (found && *found && (*found)->shape() == how.shape) live = std::move(*found);
    }
    // The mirror was removed while no server ran. A mirror of that name that is created now is a different one.
    const bool has_ended = live && is_restored && live->phase() == live_phase::suspended && on.is_named;
    if (has_ended && !on.is_named(key.uuid)) live.reset();
    if (!live && is_restored) return {};
    auto stored = store->recall();
    // An unreadable log counts as damaged. Writing to it then fails too, or replaces all of it.
    const bool is_readable = stored.has_value();
    if (!is_readable) stored = kept{journal_state::damaged, {}, {}};
    damaged = stored->bits.damaged;
    from = decide_start({how.kind, again, live != nullptr, before, stored->state});
    if (!live)
        if (auto made = make_live(*stored); !made) return made;
    return store->begin(*live, *stored);
}

result<void> mirror_log::make_live(const kept& stored) {
    const bool is_core = how.kind == backend_kind::core;
    auto made = live_state::create(on.directory, {key, on.boot, how.shape, is_core});
    if (!made) return made.error();
    const bool nosync = how.begin == beginning::nosync;
    switch (from) {
        case start::live: break;
        case start::predecessor:
            (*made)->continue_from(*before_live, nosync);
            // Checkpoints on disk from an earlier time lack the changes since then.
            if (before_is_elsewhere) bitmap(how.shape.regions(), (*made)->words().changed).fill(true);
            break;
        case start::journal: fill_from_journal(**made, stored, nosync); break;
        case start::fresh: (*made)->fill(nosync); break;
        case start::unknown: (*made)->fill(false); break;
    }
    if (auto shown = (*made)->publish(); !shown) return shown.error();
    live = std::move(*made);
    // The next process must find only one state.
    if (before_live) live_state::remove(on.directory, before_luid);
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
    live_state::remove(on.directory, key.luid);
    registry(on.directory).forget(key.luid);
}

}  // namespace dirtylog
