#include "common/http/problem.hpp"

namespace app::control {

problem problem_of(const refused& why) {
    using boost::beast::http::status;
    switch (why.why) {
        case refused::cause::not_found: return {status::not_found, why.text};
        case refused::cause::conflict: return {status::conflict, why.text};
        case refused::cause::invalid: return {status::unprocessable_entity, why.text};
        case refused::cause::failed: return {status::internal_server_error, why.text};
        case refused::cause::too_many: return {status::service_unavailable, why.text};
    }
    return {status::internal_server_error, why.text};
}

}  // namespace app::control
