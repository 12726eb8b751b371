#pragma once

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
/// @throws dmfilemapd::refusal naming the socket, when nobody answers.
[[nodiscard]] reply ask(const std::string& socket, boost::beast::http::verb method, const std::string& target,
                        const std::string& json = {});

/// Reads an answer that goes on and on, until the daemon ends it. @param on_text Gets its pieces, as they come.
/// @return The status, and what was answered instead. @throws dmfilemapd::refusal
reply listen(const std::string& socket, boost::beast::http::verb method, const std::string& target,
             const std::function<void(std::string_view)>& on_text);

}  // namespace dmfilemapctl
