#pragma once

#include <string_view>

/// Contents of the files in app/dmfilemapd/page, embedded by CMake.
namespace dmfilemapd::control {

extern const std::string_view page_html;
extern const std::string_view page_css;
extern const std::string_view page_js;
extern const std::string_view page_svg;

}  // namespace dmfilemapd::control
