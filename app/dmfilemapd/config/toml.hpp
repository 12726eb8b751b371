#pragma once

// How toml++ is used here: compiled once (toml.cpp), and without exceptions of its own.
#define TOML_HEADER_ONLY 0
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0

#include <toml++/toml.h>
