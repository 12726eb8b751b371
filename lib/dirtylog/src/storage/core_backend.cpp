#include "storage/backend.hpp"

#include <algorithm>
#include <cerrno>

namespace dirtylog {
namespace {

/// Backend whose whole state is the live state.
class core_backend final : public backend {
public:
    result<opened_log> open() override { return opened_log(); }
    result<persisted_state> recall() override { return persisted_state{}; }
    result<void> begin(live_state&, const persisted_state&) override { return {}; }
    result<void> commit() override { return {}; }
    result<void> flush_legs() override { return {}; }

    // Publish the new checkpoint last, so that a kill in between reports too many changes rather than too few.
    result<void> begin_epoch(live_state& live, const checkpoint_name& name,
                             std::span<const std::uint64_t> changed) override {
        const auto all = live.checkpoints();
        const auto free = std::ranges::find(all, std::uint64_t{0}, &checkpoint::epoch);
        if (free == all.end()) return errno_failure(ENOSPC, "no free place for a checkpoint");
        for (std::size_t place = 0; place < all.size(); ++place) {
            if (all[place].epoch == 0) continue;
            const auto into = live.checkpoint_words(place);
            for (std::size_t i = 0; i < into.size(); ++i) into[i] |= changed[i];
        }
        const auto place = static_cast<std::size_t>(free - all.begin());
        std::ranges::fill(live.checkpoint_words(place), 0);
        live.put_checkpoint(place, {name, live.epoch() + 1});
        return {};
    }

    result<void> forget_checkpoint(live_state& live, const checkpoint_name& name) override {
        const auto place = find(live, name);
        if (!place) return errno_failure(ENOENT, "checkpoint " + name.str());
        live.put_checkpoint(*place, {});
        return {};
    }

    result<std::optional<bit_words>> changes_since(live_state& live, const checkpoint_name& name) override {
        const auto place = find(live, name);
        if (!place) return std::optional<bit_words>();
        const auto words = live.checkpoint_words(*place);
        return std::optional<bit_words>(bit_words(words.begin(), words.end()));
    }

    std::vector<std::string> checkpoints(live_state& live) override {
        std::vector<std::string> names;
        for (const checkpoint& each : live.checkpoints())
            if (each.epoch != 0) names.push_back(each.name.str());
        return names;
    }

private:
    static std::optional<std::size_t> find(const live_state& live, const checkpoint_name& name) {
        const auto all = live.checkpoints();
        for (std::size_t i = 0; i < all.size(); ++i)
            if (all[i].epoch != 0 && all[i].name == name) return i;
        return std::nullopt;
    }
};

}  // namespace

std::unique_ptr<backend> make_core_backend() {
    return std::make_unique<core_backend>();
}

std::unique_ptr<backend> make_backend(const environment& env, const log_key& key, const log_arguments& arguments) {
    return arguments.kind == backend_kind::core ? make_core_backend() : make_disk_backend(env, key, arguments);
}

}  // namespace dirtylog
