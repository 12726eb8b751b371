#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// What a target defines: libFuzzer calls it with inputs of its making, `replay.cpp` with the corpus.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace filemap::test {

/// Checks a rule that holds whatever the input. A fuzzer looks for crashes, so breaking it is one.
inline void require(bool holds, const char* rule) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", rule);
    std::abort();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// What stands before the first @p end, which goes too; all of it if there is none.
inline std::string_view take_until(std::string_view& text, char end) {
    const std::string_view taken = text.substr(0, text.find(end));
    text.remove_prefix(taken.size() < text.size() ? taken.size() + 1 : text.size());
    return taken;
}

}  // namespace filemap::test
