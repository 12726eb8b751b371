#include "model/region_log.hpp"

#include <algorithm>

namespace dirtylog {

region_log::region_log(region_count regions, live_words words)
    : clean_(regions, words.clean),
      sync_(regions, words.sync),
      changed_(regions, words.changed),
      outstanding_(words.outstanding),
      issued_words_(words_for(regions)),
      issued_(regions, issued_words_) {
    clean_.trim();
    sync_.trim();
    for (std::size_t i = 0; i < clean_.words().size(); ++i) {
        clean_.words()[i] &= sync_.words()[i];
        changed_.words()[i] |= ~clean_.words()[i];
    }
    changed_.trim();
    in_sync_ = sync_.count();
    if (*outstanding_ > regions.count()) *outstanding_ = 0;
}

void region_log::mark(region which) noexcept {
    changed_.set(which);
    clean_.reset(which);
}

bool region_log::clear(region which) noexcept {
    return sync_.test(which) && clean_.set(which);
}

void region_log::set_sync(region which, bool in_sync) noexcept {
    if (in_sync) {
        if (sync_.set(which)) in_sync_ += region_count{1};
    } else {
        // Mark first, so that the region is never clean while it is not in sync.
        mark(which);
        if (sync_.reset(which)) in_sync_ -= region_count{1};
    }
    if (outstanding() == which) *outstanding_ = 0;
}

std::optional<region> region_log::outstanding() const noexcept {
    if (*outstanding_ == 0) return std::nullopt;
    return region{*outstanding_ - 1};
}

std::optional<region> region_log::next_work(recovery_policy* policy) noexcept {
    if (const auto before = outstanding()) {
        if (!is_in_sync(*before)) return before;
        *outstanding_ = 0;
    }
    const auto first =
        find_first(regions(), search_, [this](std::size_t i) { return ~sync_.words()[i] & ~issued_.words()[i]; });
    search_ = first.value_or(region{regions().count()});
    if (!first) return std::nullopt;
    const auto chosen = policy ? policy->choose(*this, *first) : first;
    if (!chosen || !has(*chosen) || !is_wanted(*chosen)) return std::nullopt;
    issued_.set(*chosen);
    *outstanding_ = chosen->value() + 1;
    return chosen;
}

void region_log::begin_recovery() noexcept {
    issued_.fill(false);
    search_ = region{0};
    *outstanding_ = 0;
}

}  // namespace dirtylog
