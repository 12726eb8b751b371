#pragma once

#include <filemap/detail/event.hpp>
#include <filemap/file_counters.hpp>

namespace filemap::detail {

/// One reading of counters, shared by all concurrent callers.
struct reading {
    explicit reading(const boost::asio::any_io_executor& executor) : done(executor) {}

    async_event done;
    /// Valid once `done` is set without an error.
    file_counters counters;
};

struct read_operation {
    std::shared_ptr<reading> on;

    template <class Self>
    void operator()(Self& self) {
        self.reset_cancellation_state(boost::asio::enable_total_cancellation());
        begin_wait(on->done, self);
    }

    template <class Self>
    void operator()(Self& self, error_code) {
        const error_code outcome = on->done.outcome().value_or(boost::asio::error::operation_aborted);
        file_counters counters;
        if (!outcome) counters = on->counters;
        on.reset();
        self.complete(outcome, std::move(counters));
    }
};

template <class Token>
auto async_wait_for_counters(std::shared_ptr<reading> on, Token&& token) {
    const auto executor = on->done.timer().get_executor();
    return boost::asio::async_compose<Token, void(error_code, file_counters)>(read_operation{std::move(on)}, token,
                                                                              executor);
}

}  // namespace filemap::detail
