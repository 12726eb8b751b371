#include "model/start_rules.hpp"

namespace dirtylog {

start decide_start(const start_facts& facts) noexcept {
    if (facts.has_live) return start::live;
    if (facts.again) return start::unknown;
    if (facts.before == predecessor::suspended) return start::predecessor;
    if (facts.kind == backend_kind::core) return facts.before == predecessor::working ? start::unknown : start::fresh;
    switch (facts.journal) {
        case journal_state::whole: return start::journal;
        case journal_state::never_used: return facts.before == predecessor::none ? start::fresh : start::unknown;
        case journal_state::damaged:
        case journal_state::foreign: break;
    }
    return start::unknown;
}

std::string_view describe(start from) noexcept {
    switch (from) {
        case start::live: return "goes on where it was";
        case start::predecessor: return "goes on with what the table before knew";
        case start::journal: return "begins with what is clean on disk";
        case start::fresh: return "is new";
        case start::unknown: return "was lost: every region counts as written to and not in sync";
    }
    return {};
}

}  // namespace dirtylog
