#include "dmfilemapd/api/service_api.hpp"

namespace dmfilemapd::control {

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
