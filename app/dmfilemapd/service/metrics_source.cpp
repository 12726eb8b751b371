#include "dmfilemapd/service/metrics_source.hpp"

#include <filemap/dm/group_descriptor.hpp>

namespace dmfilemapd {
namespace {

metrics::file_sample sample_of(const filemap::file_info& file) {
    metrics::file_sample sample;
    sample.path = file.request.path;
    filemap::dm::group_descriptor named;
    named.alias_part = file.request.alias_part;
    sample.alias = named.alias();
    sample.program_id = file.request.settings->program_id;
    sample.device = file.status->device;
    sample.inode = file.status->inode;
    sample.group = file.status->group;
    sample.regions = file.status->regions;
    sample.extents = file.status->extents;
    sample.bridged = file.status->bridged;
    sample.inferred = file.status->inferred;
    sample.syncs = file.status->syncs;
    return sample;
}

}  // namespace

std::string file_figures::add_files_after(const std::string& path, std::size_t most,
                                          std::vector<metrics::file_sample>& to) const {
    std::string last;
    files_.for_each_after(path, most, [&](const filemap::file_info& file) {
        last = file.request.path;
        if (file.status && file.status->refreshes > 0) to.push_back(sample_of(file));
    });
    return last;
}

metrics::snapshot file_figures::summary() const {
    metrics::snapshot now;
    now.states = files_.counts();
    now.service = service_.counts();
    now.started_at = started_at_;
    now.version = DMFILEMAPD_VERSION;
    return now;
}

}  // namespace dmfilemapd
