#include "common/http/pending_result.hpp"

#include <string>

namespace app::control {

boost::asio::awaitable<void> answer_when_done(request_context& with, pending action) {
    const bool in_time = co_await action.wait(with.options().action_patience);
    if (!in_time) {
        std::string goes_on = R"({"done":false})";
        co_await with.answer(std::move(goes_on), boost::beast::http::status::accepted);
    } else if (action.result()) {
        co_await with.answer(problem_of(*action.result()));
    } else {
        std::string done = R"({"done":true})";
        co_await with.answer(std::move(done));
    }
}

}  // namespace app::control
