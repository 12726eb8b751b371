#pragma once

#include <filemap/detail/event.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

namespace filemap {

/// So many may go on at a time; the others wait, in the order in which they came. All on the event loop's thread.
class turns {
public:
    /// Given back when it is destroyed, before the turns are.
    class turn {
    public:
        explicit turn(turns& of) noexcept : of_(&of) {}
        turn(turn&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        turn& operator=(turn&& other) noexcept {
            std::swap(of_, other.of_);
            return *this;
        }
        ~turn() {
            if (of_) of_->give();
        }

    private:
        turns* of_;
    };

    turns(boost::asio::any_io_executor executor, std::size_t most) : executor_(std::move(executor)), free_(most) {}
    turns(const turns&) = delete;
    turns& operator=(const turns&) = delete;

    boost::asio::awaitable<turn> take() {
        namespace asio = boost::asio;
        if (free_ > 0) {
            --free_;
        } else {
            const auto mine = std::make_shared<detail::waiter>(executor_);
            waiting_.push_back(mine);
            while (!mine->outcome()) co_await mine->timer().async_wait(asio::as_tuple(asio::use_awaitable));
        }
        co_return turn(*this);
    }

private:
    void give() {
        if (waiting_.empty()) {
            ++free_;
        } else {
            const auto next = std::move(waiting_.front());
            waiting_.pop_front();
            next->finish({});
        }
    }

    boost::asio::any_io_executor executor_;
    std::size_t free_;
    std::deque<std::shared_ptr<detail::waiter>> waiting_;
};

}  // namespace filemap
