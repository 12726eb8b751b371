#pragma once

#include <string>
#include <string_view>

namespace filemap::dm {

/**
 * @brief Escapes a token so that the kernel's tokenizer returns exactly @p token.
 * @details
 * Puts a backslash before each byte that the kernel takes for white space (09-0d, 20, and a0, which is part of many
 * UTF-8 characters) and before each backslash. Quotes have no meaning for the kernel.
 * @pre The token is not empty and holds no NUL, because the kernel cannot express either.
 */
[[nodiscard]] std::string escape_token(std::string_view token);

}  // namespace filemap::dm
