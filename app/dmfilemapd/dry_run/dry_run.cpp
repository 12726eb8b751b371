#include "dmfilemapd/dry_run/dry_run.hpp"

#include "dmfilemapd/cli/opened_files.hpp"

#include <vector>

namespace dmfilemapd {

std::string dry_run(const options& given) {
    if (given.fd) require_open(*given.fd);
    std::vector<survey> surveys;
    for (const open_file& file : open_files(given)) surveys.push_back(make_survey(given, file));
    if (given.json) return json_of(surveys);
    std::string text;
    for (const survey& each : surveys) {
        if (!text.empty()) text += '\n';
        text += table_of(each, given.verbosity > 0);
    }
    return text;
}

}  // namespace dmfilemapd
