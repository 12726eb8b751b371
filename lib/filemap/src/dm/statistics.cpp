#include "dm/escape.hpp"
#include "dm/parse.hpp"

#include <filemap/dm/statistics.hpp>

#include <limits>

namespace filemap::dm {
namespace {

std::string about(std::string_view name, region_id region) {
    return std::string(name) + ' ' + std::to_string(region.value());
}

/// Formats "N opt1 .. optN". N is always sent, because the kernel would take a numeric program id for N.
std::string option_arguments(const counting_options& options) {
    const int count = int{options.precise_timestamps} + int{!options.histogram.empty()};
    std::string text = std::to_string(count);
    if (options.precise_timestamps) text += " precise_timestamps";
    if (!options.histogram.empty()) text += " histogram:" + escape_token(options.histogram);
    return text;
}

/// Replaces an empty token, which cannot be sent, by '-', the kernel's value for none.
std::string token_or_none(std::string_view token) {
    return token.empty() ? "-" : escape_token(token);
}

std::string creation(const region_spec& spec) {
    std::string text = "@stats_create " + to_string(spec.range);
    text += ' ' + std::to_string(spec.step.value_or(spec.range.length).count());
    text += ' ' + option_arguments(spec.options);
    text += ' ' + token_or_none(spec.program_id);
    text += ' ' + token_or_none(spec.aux);
    return text;
}

result<void> without_answer(result<std::string> answer) {
    if (!answer) return std::move(answer).error();
    return {};
}

}  // namespace

result<std::string> statistics::send(std::string_view text, std::size_t answer_size) {
    return kernel_->message(device_, text, answer_size);
}

result<region_id> statistics::create(const region_spec& spec) {
    const auto answer = send(creation(spec));
    if (!answer) return answer.error();
    std::string_view digits = *answer;
    const auto id = detail::take_number(digits);
    if (!id || !digits.empty() || *id > std::numeric_limits<std::int32_t>::max())
        return failure(errc::answer_malformed,
                       "answer " + detail::quoted(*answer) + " to @stats_create on " + to_string(device_));
    return region_id{*id};
}

result<void> statistics::remove(region_id region) {
    return without_answer(send(about("@stats_delete", region)));
}

result<void> statistics::clear(region_id region) {
    return without_answer(send(about("@stats_clear", region)));
}

result<region_list> statistics::list(std::string_view program_id, std::size_t expected) {
    std::string text = "@stats_list";
    if (!program_id.empty()) text += ' ' + escape_token(program_id);
    auto answer = send(text, expected);
    if (!answer) return std::move(answer).error();
    return region_list::parse(*std::move(answer), program_id);
}

result<std::vector<area_counters>> statistics::print(region_id region) {
    const auto answer = send(about("@stats_print", region));
    if (!answer) return answer.error();
    return parse_counters(*answer);
}

result<std::vector<area_counters>> statistics::print_clear(region_id region) {
    const auto answer = send(about("@stats_print_clear", region));
    if (!answer) return answer.error();
    return parse_counters(*answer);
}

result<void> statistics::set_aux(region_id region, std::string_view aux) {
    return without_answer(send(about("@stats_set_aux", region) + ' ' + escape_token(aux)));
}

}  // namespace filemap::dm
