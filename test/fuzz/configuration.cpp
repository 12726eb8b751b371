// A configuration of one or several files.
//
// Input: the files' texts, divided by NULs.

#include "common/text/display.hpp"
#include "dmfilemapd/config/alias_template.hpp"
#include "dmfilemapd/config/load_configuration.hpp"
#include "fuzz/target.hpp"

#include <algorithm>
#include <climits>
#include <functional>
#include <string>
#include <vector>

namespace filemap::test {
namespace {

using namespace dmfilemapd;
using app::config::source_file;
using app::config::source_place;

void check_path(const std::string& path) {
    require(path.size() > 1 && path.starts_with('/') && !path.ends_with('/'), "a path is absolute, and a file's");
    require(path.find('\0') == path.npos, "a path can be handed to the kernel");
    for (const char* part : {"//", "/./", "/../"}) require((path + '/').find(part) == path.npos, "a path is plain");
    require(app::undisplayed(app::displayed(path)) == path, "a path can be written as it is shown");
}

void check_bounds(const dm::counting_options& counting) {
    const std::string precise = counting.precise_timestamps ? "ns" : "ms";
    if (counting.histogram.empty()) return;
    std::string list;
    for (const char c : counting.histogram) list += c == ',' ? precise + ',' : std::string(1, c);
    require(parse_bounds("", list + precise, counting.precise_timestamps) == counting, "bounds ascend");
}

void check_settings(const file_settings& settings, const std::string& path) {
    require(expand_alias(settings.alias, path).size() <= NAME_MAX, "a template is one, and its alias short");
    require(!settings.program_id.empty() && settings.program_id.find(' ') == std::string::npos,
            "a program id is a word");
    require(settings.interval.count() > 0 && settings.tolerance.count() >= 0 && settings.verify.count() >= 0,
            "times are not negative");
    check_bounds(settings.counting);
}

void check_place(const source_place& where, const std::vector<source_file>& sources) {
    const auto source = std::ranges::find(sources, where.file, &source_file::name);
    require(source != sources.end(), "what is said is said in a file");
    const auto lines = std::ranges::count(source->text, '\n') + 1;
    require(where.line > 0 && where.line <= lines && where.column > 0, "what is said is said somewhere in it");
}

void check_right(const configuration& all, const std::vector<source_file>& sources) {
    require(std::ranges::is_sorted(all.files, std::less_equal<>{}, &file_entry::path), "files ascend, each once");
    for (const file_entry& file : all.files) {
        check_path(file.path);
        check_settings(file.settings, file.path);
        check_place(file.where, sources);
    }
    std::vector<std::string> patterns;
    for (const glob_entry& glob : all.globs) {
        check_path(glob.pattern);
        check_settings(glob.settings, "/a");
        check_place(glob.where, sources);
        patterns.push_back(glob.pattern);
    }
    std::ranges::sort(patterns);
    require(std::ranges::adjacent_find(patterns) == patterns.end(), "no pattern is given twice");
    check_settings(all.defaults, "/a");
    require(all.control.mode <= 0777, "a mode gives no more than access");
}

void check_wrong(const configuration_error& wrong, const std::vector<source_file>& sources) {
    for (const std::string& line : wrong.lines()) {
        require(app::one_line(line) == line, "a line is one");
        const auto named = [&](const source_file& source) { return line.starts_with(source.name + ':'); };
        require(std::ranges::any_of(sources, named), "a line begins with its file");
    }
}

void check(std::string_view input) {
    std::vector<source_file> sources;
    do {
        sources.push_back({"file" + std::to_string(sources.size()), std::string(take_until(input, '\0'))});
    } while (!input.empty());
    try {
        check_right(read_configuration(sources), sources);
    } catch (const configuration_error& wrong) {
        check_wrong(wrong, sources);
    }
}

}  // namespace
}  // namespace filemap::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    filemap::test::check(filemap::test::as_text(data, size));
    return 0;
}
