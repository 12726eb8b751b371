#include "dmfilemapd/cli/startup_checks.hpp"

#include "common/cli/startup_error.hpp"
#include "common/text/display.hpp"
#include "dmfilemapd/cli/opened_files.hpp"
#include "group/resolve_config.hpp"

#include <filemap/dm/group_descriptor.hpp>
#include <filemap/dm/statistics.hpp>
#include <filemap/error.hpp>
#include <filemap/fs/file_identity.hpp>

#include <utility>

namespace dmfilemapd {
namespace {

using filemap::failure;

// Returns the value of a result, or throws its error as a startup_error.
template <class T>
T require(filemap::result<T> wanted) {
    if (!wanted) throw app::startup_error(wanted.error().text());
    return std::move(*wanted);
}

checked_file check_file(const options& given, const open_file& opened) {
    const std::string shown = app::displayed(opened.path);
    checked_file file;
    file.config = config_of(given, opened.path);
    file.device = require(filemap::fs::countable_device(opened.file.get(), shown));
    auto access = filemap::fs::follow_file(opened.path, given.follow, opened.file.get());
    if (!access) throw app::startup_error(failure(access.error().code, shown).text());
    file.access = std::move(*access);
    return file;
}

void use_group(checked_file& file, filemap::dm::statistics& device, filemap::group_id id, std::string& remark) {
    file.config.group = id;
    const filemap::group_id now = require(filemap::take_over_group(file.config, device, file.access->first()));
    if (now != id) {
        remark = app::displayed(file.config.path) + ": group " + std::to_string(id.value()) + " is now group " +
                 std::to_string(now.value());
    }
}

void prepare_group(checked_file& file, const options& given, filemap::dm::kernel& control, std::string& remark) {
    filemap::dm::statistics device(control, file.device);
    if (given.group) return use_group(file, device, *given.group, remark);
    file.config.alias_part = alias_part_of(given, file.config.path, remark);
    // Checks the privileges: without the capability the kernel rejects even this message.
    static_cast<void>(require(device.list(given.program_id)));
}

void add_remark(checked& all, std::string remark) {
    if (!remark.empty()) all.remarks.push_back(std::move(remark));
}

}  // namespace

filemap::monitor_config config_of(const options& given, const std::string& path) {
    filemap::monitor_config config;
    config.path = path;
    config.follow = given.follow;
    config.program_id = given.program_id;
    config.counting = given.counting;
    config.regions = given.regions;
    config.interval = given.interval;
    config.tolerance = given.tolerance;
    return config;
}

std::string alias_part_of(const options& given, const std::string& path, std::string& remark) {
    const auto syntax = filemap::dm::installed_alias_syntax();
    if (given.alias) {
        const std::string problem = filemap::dm::alias_problem(*given.alias, syntax);
        if (!problem.empty())
            throw app::usage_error("--alias " + app::quoted(*given.alias) + ": " + app::one_line(problem));
        return filemap::dm::alias_part(*given.alias, syntax);
    }
    const std::string_view name = base_name(path);
    const std::string alias = filemap::dm::readable_alias(name, syntax);
    if (alias != name) {
        remark = app::displayed(path) + ": the group is called " + app::quoted(alias) +
                 ", for dmstats could not read the name of the file";
    }
    return filemap::dm::alias_part(alias, syntax);
}

checked check(const options& given) {
    std::vector<open_file> opened = open_files(given);
    std::vector<checked_file> files;
    for (const open_file& file : opened) files.push_back(check_file(given, file));
    checked all{require(filemap::dm::control_node::open()), std::move(files), {}};
    for (std::size_t at = 0; at < all.files.size(); ++at) {
        add_remark(all, std::move(opened[at].remark));
        std::string remark;
        prepare_group(all.files[at], given, all.control, remark);
        add_remark(all, std::move(remark));
    }
    return all;
}

}  // namespace dmfilemapd
