#pragma once

#include "common/http/request_error.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <utility>

namespace app::control {

/// Error response to a request: a problem object of RFC 9457 with this status.
struct problem {
    boost::beast::http::status status = boost::beast::http::status::bad_request;
    /// Cause in one line, for people.
    std::string detail;
    /// Allowed methods ("GET, HEAD") for `status::method_not_allowed`.
    std::string allow;

    /// Constructs an empty problem, which `result::error` requires.
    problem() = default;
    problem(boost::beast::http::status code, std::string text) : status(code), detail(std::move(text)) {}
};

template <class T>
using parsed = boost::system::result<T, problem>;

[[nodiscard]] problem problem_of(const refused& why);

}  // namespace app::control
