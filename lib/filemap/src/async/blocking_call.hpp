#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <functional>
#include <utility>

namespace filemap {

/**
 * @brief Runs @p job on a thread that may block.
 * @param job   Must own everything that it uses, or the used objects must outlive the threads.
 * @param token Completion token, `void(std::exception_ptr)`: the exception of the job. Completes on @p events.
 */
template <class Token>
auto async_blocking_call(const boost::asio::any_io_executor& events, const boost::asio::any_io_executor& blocking,
                         std::function<void()> job, Token&& token) {
    return boost::asio::async_initiate<Token, void(std::exception_ptr)>(
        [events, blocking](auto handler, std::function<void()> work) {
            auto guard = boost::asio::make_work_guard(boost::asio::get_associated_executor(handler, events));
            boost::asio::post(
                blocking, [handler = std::move(handler), work = std::move(work), guard = std::move(guard)]() mutable {
                    std::exception_ptr thrown;
                    try {
                        work();
                    } catch (...) {
                        thrown = std::current_exception();
                    }
                    work = nullptr;
                    boost::asio::post(guard.get_executor(),
                                      [handler = std::move(handler), thrown = std::move(thrown)]() mutable {
                                          std::move(handler)(std::move(thrown));
                                      });
                });
        },
        token, std::move(job));
}

}  // namespace filemap
