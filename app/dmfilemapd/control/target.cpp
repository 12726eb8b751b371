#include "target.hpp"

namespace dmfilemapd::control {

std::string_view describe(file_state state) noexcept {
    switch (state) {
        case file_state::waiting: return "waiting";
        case file_state::starting: return "starting";
        case file_state::following: return "following";
        case file_state::ended: return "ended";
        case file_state::failed: return "failed";
    }
    return {};
}

std::string_view describe(file_origin origin) noexcept {
    switch (origin) {
        case file_origin::configuration: return "configuration";
        case file_origin::glob: return "glob";
        case file_origin::control: return "control";
    }
    return {};
}

std::string_view describe(event::kind what) noexcept {
    switch (what) {
        case event::kind::state: return "state";
        case event::kind::removed: return "removed";
        case event::kind::group: return "group";
        case event::kind::synced: return "synced";
        case event::kind::error: return "error";
        case event::kind::reload: return "reload";
    }
    return {};
}

}  // namespace dmfilemapd::control
