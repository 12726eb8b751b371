// aux_data of a region, read as a group's descriptor; and the same bytes as a file's name, of which an alias is made.

#include "fuzz/target.hpp"

#include <filemap/dm/group_descriptor.hpp>

#include <algorithm>
#include <string>

namespace filemap::test {
namespace {

using dm::alias_syntax;
using dm::group_descriptor;

constexpr std::string_view tag = "DMS_GROUP=";

/// The list between the alias and the user data holds an item for each run, and nothing else.
void check_items(std::string_view aux, const group_descriptor& found) {
    std::string_view list = aux.substr(tag.size() + found.alias_part.size() + 1);
    list = list.substr(0, list.find('#'));
    require(list.find_first_not_of("0123456789-,") == std::string_view::npos, "members are numbers");
    for (const dm::id_run& run : found.members) {
        const std::string_view item = take_until(list, ',');
        const std::string first = std::to_string(run.first.value());
        require(run.first <= run.last, "a run ascends");
        require(item == first + '-' + std::to_string(run.last.value()) || (item == first && run.first == run.last),
                "members are as listed");
        require(found.contains(run.first) && found.contains(run.last), "a group contains its members");
    }
    require(list.empty(), "no member is left out");
}

void check_descriptor(std::string_view aux) {
    const auto found = group_descriptor::parse(aux);
    if (!found) return;
    require(aux.starts_with(std::string(tag) + found->alias_part + ':'), "the alias is kept as it was found");
    require(!found->members.empty(), "a group has members");
    require(found->user_data == "-" || aux.ends_with('#' + found->user_data), "the user data is the end");
    require(found->alias_part.find(found->alias()) != std::string::npos, "the alias is part of its part");
    check_items(aux, *found);
    const auto again = group_descriptor::parse(found->format());
    require(again == found, "what is written is read back");
}

void check_alias(std::string_view name, alias_syntax syntax) {
    const std::string alias = dm::readable_alias(name, syntax);
    require(dm::alias_problem(alias, syntax).empty(), "a readable alias has no problem");
    require(dm::readable_alias(alias, syntax) == alias, "a readable alias stays");
    if (dm::alias_problem(name, syntax).empty()) require(alias == name, "a name without problems stays");
    group_descriptor made;
    made.alias_part = dm::alias_part(alias, syntax);
    made.members = {{region_id{1}, region_id{3}}, {region_id{7}, region_id{7}}};
    const auto read = group_descriptor::parse(made.format());
    require(read == made, "a descriptor that is made is read back");
    if (syntax == alias_syntax::quoted) require(read->alias() == alias, "the alias is read back");
}

void check(std::string_view input) {
    check_descriptor(input);
    check_alias(input, alias_syntax::plain);
    check_alias(input, alias_syntax::quoted);
}

}  // namespace
}  // namespace filemap::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    filemap::test::check(filemap::test::as_text(data, size));
    return 0;
}
