#pragma once

// How toml++ is used here: compiled once (toml.cpp), and without exceptions of its own.
#define TOML_HEADER_ONLY 0
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0

// toml++ 3.3 asserts what "[=]" breaks, before it refuses that; with NDEBUG it lets the compiler assume it. So neither.
#define TOML_ASSERT(condition) static_assert(true)
