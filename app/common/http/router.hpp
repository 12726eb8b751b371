#pragma once

#include "common/http/problem.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/verb.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace app::control {

class request_context;

/// What is answered to a method on a path.
struct route {
    /// Of which one * stands for the name of a file, or each {} for a word.
    std::string_view pattern;
    boost::beast::http::verb method = boost::beast::http::verb::get;
    /// Whether the parameter "path" may be given, too.
    bool takes_path = false;
    /// Whether the request has a body, which is JSON.
    bool takes_json = false;
    std::function<boost::asio::awaitable<void>(request_context&)> answer;
    /// Whether it is for those, too, who cannot be asked who they are.
    bool is_public = false;
    /// Name of a parameter that may be given.
    std::string_view parameter{};
};

struct found_route {
    const route* to = nullptr;
    /// What stands in the place of *, still encoded.
    std::string_view file;
    /// What stands in the places of {}, still encoded.
    std::vector<std::string_view> words;
};

/// What the * of the pattern stands for, "" without one; nothing if the path is another one.
[[nodiscard]] std::optional<std::string_view> match(std::string_view pattern, std::string_view path) noexcept;

/// What each {} of the pattern stands for: a word that is not empty and has no slash. Nothing if the path is another
/// one.
[[nodiscard]] std::optional<std::vector<std::string_view>> match_words(std::string_view pattern, std::string_view path);

/// @param only_public There is nothing that is not.
/// @par Errors Status 404, or 405 with the methods that there are.
[[nodiscard]] parsed<found_route> find_route(std::span<const route> routes, boost::beast::http::verb method,
                                             std::string_view path, bool only_public = false);

}  // namespace app::control
