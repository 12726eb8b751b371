#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/verb.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace dmfilemapctl {

struct reply {
    unsigned status = 0;
    std::string body;
};

/// Asks the daemon that listens on @p socket. @param json The body; empty for none.
/// @throws app::refusal naming the socket, when nobody answers.
[[nodiscard]] reply ask(const std::string& socket, boost::beast::http::verb method, const std::string& target,
                        const std::string& json = {});

/// The same, for who waits for other things beside. Takes what it needs.
[[nodiscard]] boost::asio::awaitable<reply> async_get(std::string socket, std::string target);

/// What was answered, if it is what was asked for. @throws app::refusal with the daemon's reason, if not
[[nodiscard]] std::string body_of(reply got, const std::string& socket);

/// Reads an answer that goes on and on, until the daemon ends it. @param on_text Gets its pieces, as they come.
/// @return The status, and what was answered instead. @throws app::refusal
reply listen(const std::string& socket, boost::beast::http::verb method, const std::string& target,
             const std::function<void(std::string_view)>& on_text);

}  // namespace dmfilemapctl
