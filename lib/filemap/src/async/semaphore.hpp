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

/// FIFO semaphore with `permits` permits. For the event loop's thread only.
class async_semaphore {
public:
    /// One permit, released on destruction. Must not outlive the semaphore.
    class permit {
    public:
        explicit permit(async_semaphore& of) noexcept : of_(&of) {}
        permit(permit&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        permit& operator=(permit&& other) noexcept {
            std::swap(of_, other.of_);
            return *this;
        }
        ~permit() {
            if (of_) of_->release();
        }

    private:
        async_semaphore* of_;
    };

    async_semaphore(boost::asio::any_io_executor executor, std::size_t permits)
        : executor_(std::move(executor)), free_(permits) {}
    async_semaphore(const async_semaphore&) = delete;
    async_semaphore& operator=(const async_semaphore&) = delete;

    boost::asio::awaitable<permit> acquire() {
        namespace asio = boost::asio;
        if (free_ > 0) {
            --free_;
        } else {
            const auto mine = std::make_shared<detail::async_event>(executor_);
            waiting_.push_back(mine);
            while (!mine->outcome()) co_await mine->timer().async_wait(asio::as_tuple(asio::use_awaitable));
        }
        co_return permit(*this);
    }

private:
    void release() {
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
    std::deque<std::shared_ptr<detail::async_event>> waiting_;
};

}  // namespace filemap
