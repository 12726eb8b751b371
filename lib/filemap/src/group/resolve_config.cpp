#include "group/resolve_config.hpp"

#include "group/group_lookup.hpp"

#include <filemap/dm/group_descriptor.hpp>

#include <utility>

namespace filemap {

result<group_id> take_over_group(monitor_config& config, dm::statistics& device, const fs::file_identity& file) {
    auto group = find_group(device, *config.group, owner_tag_of(config, file));
    if (!group) return group.error();
    config.program_id = std::move(group->program_id);
    config.alias_part = std::move(group->alias_part);
    config.counting = std::move(group->counting);
    return *group->id;
}

result<fs::trackable_file> prepare(monitor_config& config, dm::kernel& kernel) {
    if (!config.path.starts_with('/')) {
        return failure{make_error_code(boost::system::errc::invalid_argument), config.path + " (not an absolute path)"};
    }
    auto file = fs::find_trackable_file(config.path, config.follow);
    if (!file) return file.error();
    if (config.group) {
        dm::statistics device(kernel, file->device);
        const auto group = take_over_group(config, device, file->access->first());
        if (!group) return group.error();
    } else if (config.alias_part.empty()) {
        const auto syntax = dm::installed_alias_syntax();
        const auto name = std::string_view(config.path).substr(config.path.rfind('/') + 1);
        config.alias_part = dm::alias_part(dm::readable_alias(name, syntax), syntax);
    }
    return file;
}

}  // namespace filemap
