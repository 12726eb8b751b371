#pragma once

namespace dmdirtylogd {

inline constexpr const char* program_name = "dmdirtylogd";

}  // namespace dmdirtylogd
