#include "dmfilemapd/api/handlers.hpp"
#include "dmfilemapd/page/page_text.hpp"

#include <string>

namespace dmfilemapd::control {

namespace asio = boost::asio;
using app::control::exchange;

asio::awaitable<void> answer_page(exchange& with) {
    return with.answer(std::string(page_html), "text/html; charset=utf-8");
}

asio::awaitable<void> answer_style(exchange& with) {
    return with.answer(std::string(page_css), "text/css; charset=utf-8");
}

asio::awaitable<void> answer_script(exchange& with) {
    return with.answer(std::string(page_js), "text/javascript; charset=utf-8");
}

asio::awaitable<void> answer_icon(exchange& with) {
    return with.answer(std::string(page_svg), "image/svg+xml");
}

}  // namespace dmfilemapd::control
