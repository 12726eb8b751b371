#include "model/commit_plan.hpp"

#include <algorithm>

namespace dirtylog {
namespace {

bool any(std::span<const std::uint64_t> words) noexcept {
    return std::ranges::any_of(words, [](std::uint64_t word) { return word != 0; });
}

}  // namespace

commit_plan::commit_plan(const region_log& log, bit_words dirty)
    : regions_(log.regions()),
      stored_(std::move(dirty)),
      before_(stored_.size()),
      idle_(stored_.size()),
      confirmed_(stored_.size()),
      due_(layout::groups_for(regions_)) {
    groups_.reserve(due_.size());
    const auto clean = log.clean_bits();
    for (std::size_t i = 0; i < stored_.size(); ++i) {
        // Bits behind the last region are 0 in both bitmaps.
        const std::uint64_t missing = ~clean.words()[i] & ~stored_[i];
        const region first{i * bits_in_word};
        const std::uint64_t left = regions_.count() - first.value();
        const std::uint64_t mask = left >= bits_in_word ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
        if ((missing & mask) != 0) make_due(layout::group_of(first));
    }
}

void commit_plan::make_due(std::size_t group) noexcept {
    if (due_[group]) return;
    due_[group] = true;
    ++due_count_;
}

void commit_plan::mark(region which) noexcept {
    bitmap(regions_, idle_).reset(which);
    bitmap(regions_, confirmed_).reset(which);
    if (!bitmap(regions_, stored_).test(which)) make_due(layout::group_of(which));
}

bool commit_plan::may_clear(const region_log& log) const noexcept {
    const auto clean = log.clean_bits().words();
    for (std::size_t i = 0; i < stored_.size(); ++i)
        if ((stored_[i] & clean[i]) != 0) return true;
    return false;
}

void commit_plan::on_idle(const region_log& log) noexcept {
    const auto clean = log.clean_bits().words();
    for (std::size_t i = 0; i < stored_.size(); ++i) idle_[i] = stored_[i] & clean[i];
}

bool commit_plan::has_idle() const noexcept {
    return any(idle_);
}

void commit_plan::confirm_idle() noexcept {
    for (std::size_t i = 0; i < idle_.size(); ++i) confirmed_[i] |= idle_[i];
    std::ranges::fill(idle_, 0);
    confirmed_any_ = any(confirmed_);
}

void commit_plan::confirm_clean(const region_log& log) noexcept {
    on_idle(log);
    confirm_idle();
}

std::span<const std::size_t> commit_plan::prepare(const region_log& log) noexcept {
    groups_.clear();
    const auto clean = log.clean_bits().words();
    for (std::size_t group = 0; group < due_.size(); ++group) {
        const auto confirmed = layout::words_of(std::span(confirmed_), group);
        if (!due_[group] && !(confirmed_any_ && any(confirmed))) continue;
        const auto stored = layout::words_of(std::span(stored_), group);
        std::ranges::copy(stored, layout::words_of(std::span(before_), group).begin());
        const std::size_t first = group * layout::group_words;
        for (std::size_t i = 0; i < stored.size(); ++i) {
            // Dirty regions stay dirty. Clean regions stay dirty on disk until they are confirmed.
            stored[i] = (stored[i] & ~confirmed[i]) | ~clean[first + i];
            confirmed[i] = 0;
        }
        groups_.push_back(group);
        due_[group] = false;
    }
    bitmap(regions_, stored_).trim();
    due_count_ = 0;
    confirmed_any_ = false;
    return groups_;
}

void commit_plan::finish(bool written) noexcept {
    if (written) return;
    for (const std::size_t group : groups_) {
        const auto before = layout::words_of(std::span(before_), group);
        const auto stored = layout::words_of(std::span(stored_), group);
        for (std::size_t i = 0; i < stored.size(); ++i) stored[i] |= before[i];
        make_due(group);
    }
}

}  // namespace dirtylog
