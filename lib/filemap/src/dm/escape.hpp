#pragma once

#include <string>
#include <string_view>

namespace filemap::dm {

/**
 * @brief One token of a message, written so that the kernel's tokenizer gives back exactly @p token.
 * @details
 * A backslash goes before each byte that the kernel takes for white space (09-0d, 20, and a0, which is part of many
 * UTF-8 characters) and before the backslash itself. Quotes mean nothing to the kernel.
 * @pre The token is not empty and holds no NUL: neither can be expressed.
 */
[[nodiscard]] std::string escape_token(std::string_view token);

}  // namespace filemap::dm
