#include "common/cli/input_file.hpp"

#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"

#include <filemap/error.hpp>
#include <filemap/fs/trackable_file.hpp>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace app {

std::string absolute_path(std::string_view file) {
    if (file.starts_with('/')) return std::string(file);
    while (file.starts_with("./")) file.remove_prefix(std::min(file.find_first_not_of('/', 1), file.size()));
    return (std::filesystem::current_path() / file).string();
}

filemap::fs::descriptor open_regular(const std::string& path) {
    auto opened = filemap::fs::open_regular(path, displayed(path));
    if (!opened) throw startup_error(opened.error().text());
    return std::move(*opened);
}

}  // namespace app
