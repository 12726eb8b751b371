#include "dmfilemapd/api/handlers.hpp"
#include "dmfilemapd/page/page_text.hpp"

#include <string>

namespace dmfilemapd::control {

namespace asio = boost::asio;
using app::control::request_context;

asio::awaitable<void> answer_page(request_context& with) {
    return with.answer(std::string(page_html), "text/html; charset=utf-8");
}

asio::awaitable<void> answer_style(request_context& with) {
    return with.answer(std::string(page_css), "text/css; charset=utf-8");
}

asio::awaitable<void> answer_script(request_context& with) {
    return with.answer(std::string(page_js), "text/javascript; charset=utf-8");
}

asio::awaitable<void> answer_icon(request_context& with) {
    return with.answer(std::string(page_svg), "image/svg+xml");
}

}  // namespace dmfilemapd::control
