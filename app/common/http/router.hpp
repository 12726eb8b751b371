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

/// Handler for a method on a path.
struct route {
    /// Path pattern: * matches the name of a file, {} matches a word.
    std::string_view pattern;
    boost::beast::http::verb method = boost::beast::http::verb::get;
    /// True if the route accepts the parameter "path".
    bool takes_path = false;
    /// True if the request has a JSON body.
    bool takes_json = false;
    std::function<boost::asio::awaitable<void>(request_context&)> answer;
    /// True if the route needs no peer credentials.
    bool is_public = false;
    /// Name of the route's optional parameter.
    std::string_view parameter{};
};

struct found_route {
    const route* to = nullptr;
    /// Text matched by *, still encoded.
    std::string_view file;
    /// Words matched by {}, still encoded.
    std::vector<std::string_view> words;
};

/// Returns the text matched by the * of the pattern ("" without a *), or nothing if the path does not match.
[[nodiscard]] std::optional<std::string_view> match(std::string_view pattern, std::string_view path) noexcept;

/// Returns the words matched by each {} of the pattern, each nonempty and without a slash. Returns nothing if the path
/// does not match.
[[nodiscard]] std::optional<std::vector<std::string_view>> match_words(std::string_view pattern, std::string_view path);

/// Finds the route of a request. @param only_public True to ignore routes that are not public.
/// @par Errors Status 404, or 405 with the allowed methods.
[[nodiscard]] parsed<found_route> find_route(std::span<const route> routes, boost::beast::http::verb method,
                                             std::string_view path, bool only_public = false);

}  // namespace app::control
