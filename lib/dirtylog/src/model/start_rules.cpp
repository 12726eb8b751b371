#include "model/start_rules.hpp"

namespace dirtylog {

start_source decide_start(const start_facts& facts) noexcept {
    if (facts.has_live) return start_source::live;
    if (facts.known_before) return start_source::unknown;
    if (facts.previous == predecessor::suspended) return start_source::predecessor;
    if (facts.kind == backend_kind::core)
        return facts.previous == predecessor::working ? start_source::unknown : start_source::fresh;
    switch (facts.journal) {
        case journal_state::whole: return start_source::journal;
        case journal_state::never_used:
            return facts.previous == predecessor::none ? start_source::fresh : start_source::unknown;
        case journal_state::damaged:
        case journal_state::foreign: break;
    }
    return start_source::unknown;
}

std::string_view describe(start_source source) noexcept {
    switch (source) {
        case start_source::live: return "restored from its live state";
        case start_source::predecessor: return "takes over the state of the previous table";
        case start_source::journal: return "starts with the regions that are clean on disk";
        case start_source::fresh: return "is new";
        case start_source::unknown: return "was lost: all regions are dirty and not in sync";
    }
    return {};
}

}  // namespace dirtylog
