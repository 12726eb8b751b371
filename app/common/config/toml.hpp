#pragma once

#include "common/config/toml_options.hpp"

#pragma push_macro("NDEBUG")
#undef NDEBUG

#include <toml++/toml.h>

#pragma pop_macro("NDEBUG")
