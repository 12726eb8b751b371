#pragma once

#include <string_view>

/// The files of app/dmfilemapd/page, as CMake found them.
namespace dmfilemapd::control {

extern const std::string_view page_html;
extern const std::string_view page_css;
extern const std::string_view page_js;
extern const std::string_view page_svg;

}  // namespace dmfilemapd::control
