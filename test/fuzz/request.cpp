// A request of a client of the control socket: the first line is a request target, the rest a body. The line is also
// tried as the field "Accept" and as a file name in the metrics.

#include "common/http/request.hpp"

#include "common/http/router.hpp"
#include "common/text/percent.hpp"
#include "dmfilemapd/api/add_request.hpp"
#include "dmfilemapd/api/routes.hpp"
#include "dmfilemapd/metrics/metric_format.hpp"
#include "fuzz/target.hpp"
#include "unit/dmfilemapd/api/fake_service.hpp"

#include <string>

namespace filemap::test {
namespace {

using namespace dmfilemapd;

void check_path(const std::string& path) {
    require(path.starts_with('/') && !path.ends_with('/'), "a path is absolute and names no directory");
    require(path.find('\0') == std::string::npos && path.size() <= app::control::max_path_length,
            "the kernel takes a path");
    require((path + '/').find("/../") == std::string::npos && (path + '/').find("/./") == std::string::npos,
            "a path is normal");
    const auto again = app::control::parse_file(app::percent_encoded(path));
    require(again && *again == path, "a path that is encoded is the same path");
}

void check_target(std::string_view text) {
    const auto where = app::control::parse_location(text);
    if (!where) return;
    require(where->path.starts_with('/'), "a request target has a path");
    if (where->file) check_path(*where->file);
    static fake_target service;
    static const app::control::api offered = control::api_of(service);
    for (const auto method : {boost::beast::http::verb::get, boost::beast::http::verb::post}) {
        const auto found = app::control::find_route(offered.routes, method, where->path);
        if (!found) {
            const bool has_methods = !found.error().allow.empty();
            require(has_methods == (found.error().status == boost::beast::http::status::method_not_allowed),
                    "who uses a wrong method is told the right ones");
        } else if (!found->file.empty()) {
            const auto file = app::control::parse_file(found->file);
            if (file) check_path(*file);
        }
    }
}

void check_accept(std::string_view text) {
    const metrics::format chosen = metrics::preferred_format(text);
    // A client gets OpenMetrics only if it has named that format.
    require(chosen == metrics::format::classic || text.find('/') != text.npos, "the classic format is the usual one");
    const std::string value = metrics::label_value(text);
    for (std::size_t at = 0; at < value.size(); ++at) {
        require(value[at] != '"' && static_cast<unsigned char>(value[at]) >= ' ', "a label ends where it is to end");
        if (value[at] == '\\') require(++at < value.size(), "no backslash hides the end of a label");
    }
}

void check_body(std::string_view text) {
    const auto wanted = control::parse_addition(text);
    if (wanted) check_path(wanted->path);
}

}  // namespace
}  // namespace filemap::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = filemap::test::as_text(data, size);
    const std::string_view line = filemap::test::take_until(text, '\n');
    filemap::test::check_target(line);
    filemap::test::check_accept(line);
    filemap::test::check_body(text);
    return 0;
}
