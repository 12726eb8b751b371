#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <csignal>
#include <cstddef>
#include <optional>

namespace app::daemon {

/// Thread pool that blocks all signals, so that only the main thread receives them.
class blocking_pool {
public:
    explicit blocking_pool(std::size_t threads) {
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        pool_.emplace(threads);
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    [[nodiscard]] boost::asio::any_io_executor executor() { return pool_->get_executor(); }

private:
    std::optional<boost::asio::thread_pool> pool_;
};

}  // namespace app::daemon
