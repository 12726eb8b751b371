#include "dm/simulation/messages.hpp"

#include "dm/simulation/arguments.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>

namespace filemap::dm::detail {
namespace {

using arguments = std::span<const std::string>;

constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();

/// Parses the arguments of `@stats_create`.
class creation {
public:
    creation(arguments given, sectors device_size) : rest_(given), device_size_(device_size) {}

    [[nodiscard]] bool parse() {
        if (rest_.size() < 2 || !take_range() || !take_step() || !take_options()) return false;
        if (!rest_.empty()) wanted.program_id = take();
        if (!rest_.empty()) wanted.aux = take();
        return rest_.empty();
    }

    region_parameters wanted;

private:
    const std::string& take() {
        const std::string& first = rest_.front();
        rest_ = rest_.subspan(1);
        return first;
    }

    bool take_range() {
        const std::string& text = take();
        scanned_range range{0, std::max<std::uint64_t>(device_size_.count(), 1)};
        if (text != "-") {
            const auto scanned = scan_range(text);
            if (!scanned || scanned->start + scanned->length <= scanned->start) return false;
            range = *scanned;
        }
        wanted.range = {sectors{range.start}, sectors{range.length}};
        return true;
    }

    /// Parses "STEP" or "/AREAS".
    bool take_step() {
        const std::string_view text = take();
        const std::uint64_t length = wanted.range.length.count();
        const auto areas = text.starts_with('/') ? scan_count(text.substr(1)) : std::nullopt;
        if (!areas)
            wanted.step = scan_number(text).value_or(0);
        else if (*areas != 0)
            wanted.step = length / *areas + (length % *areas != 0);
        return wanted.step != 0;
    }

    /// Parses "N opt1 .. optN" if the next argument is a number. So a numeric program id is taken for N.
    bool take_options() {
        const auto count = rest_.empty() ? std::nullopt : scan_count(rest_.front());
        if (!count) return true;
        take();
        for (std::uint32_t i = 0; i < *count; ++i)
            if (rest_.empty() || !take_option(take())) return false;
        return true;
    }

    bool take_option(std::string_view option) {
        constexpr std::string_view histogram = "histogram:";
        if (equal_in_any_case(option, "precise_timestamps")) {
            wanted.precise = true;
            return true;
        }
        if (!equal_in_any_case(option.substr(0, histogram.size()), histogram) || !wanted.bounds.empty()) return false;
        wanted.bounds = scan_bounds(option.substr(histogram.size())).value_or(std::vector<std::uint64_t>{});
        return !wanted.bounds.empty();
    }

    arguments rest_;
    sectors device_size_;
};

bool claim(simulated_memory& memory, std::uint64_t size) {
    if (size > memory.limit || memory.used > memory.limit - size) return false;
    memory.used += size;
    return true;
}

std::int32_t lowest_free_id(const simulated_device& device) {
    std::int32_t id = 0;
    for (auto region = device.regions.begin(); region != device.regions.end() && region->first == id; ++region) ++id;
    return id;
}

outcome create(simulated_device& device, simulated_memory& memory, arguments given) {
    creation request(given, device.size);
    if (!request.parse()) return EINVAL;
    if (request.wanted.sizes_overflow()) return EOVERFLOW;
    if (!claim(memory, request.wanted.memory())) return ENOMEM;
    const std::int32_t id = lowest_free_id(device);
    device.regions.try_emplace(id, std::move(request.wanted));
    return std::to_string(id);
}

outcome list(const simulated_device& device, arguments given) {
    if (given.size() > 1) return EINVAL;
    std::string rows;
    for (const auto& [id, region] : device.regions) {
        if (!given.empty() && region.parameters().program_id != given.front()) continue;
        rows += std::to_string(id) + ": ";
        region.append_row(rows);
    }
    return rows;
}

/// Parses "START COUNT", each a number or '-' for the default. Without arguments: all areas.
struct area_choice {
    std::optional<std::uint64_t> first = 0;
    std::optional<std::uint64_t> count = all;

    explicit area_choice(arguments given) {
        if (given.empty()) return;
        if (given[0] != "-") first = scan_number(given[0]);
        if (given[1] != "-") count = scan_number(given[1]);
    }
};

outcome print(simulated_region& region, area_choice areas, bool then_clear) {
    std::string rows;
    region.append_counters(rows, *areas.first, *areas.count);
    if (then_clear) region.clear(*areas.first, *areas.count);
    return rows;
}

/// Performs the messages about one region, whose number is the first argument.
enum class verb { remove, clear, print, print_clear, set_aux };

bool count_is_right(verb what, arguments given) {
    switch (what) {
        case verb::remove:
        case verb::clear: return given.size() == 1;
        case verb::print:
        case verb::print_clear: return given.size() == 1 || given.size() == 3;
        case verb::set_aux: return given.size() == 2;
    }
    return false;
}

outcome perform_on_region(simulated_device& device, simulated_memory& memory, verb what, arguments given) {
    if (!count_is_right(what, given)) return EINVAL;
    const auto id = scan_id(given.front());
    const bool prints = what == verb::print || what == verb::print_clear;
    const area_choice areas(prints ? given.subspan(1) : arguments());
    if (!id || !areas.first || !areas.count) return EINVAL;
    const auto found = device.regions.find(*id);
    if (found == device.regions.end()) return ENOENT;
    switch (what) {
        case verb::remove:
            memory.used -= found->second.parameters().memory();
            device.regions.erase(found);
            break;
        case verb::clear: found->second.clear(0, all); break;
        case verb::print: return print(found->second, areas, false);
        case verb::print_clear: return print(found->second, areas, true);
        case verb::set_aux: found->second.set_aux(given.back()); break;
    }
    return std::string();
}

}  // namespace

outcome perform(simulated_device& device, simulated_memory& memory, std::span<const std::string> message) {
    constexpr std::pair<std::string_view, verb> verbs[] = {
        {"@stats_delete", verb::remove},           {"@stats_clear", verb::clear},     {"@stats_print", verb::print},
        {"@stats_print_clear", verb::print_clear}, {"@stats_set_aux", verb::set_aux},
    };
    if (message.empty()) return EINVAL;
    const std::string& name = message.front();
    const arguments given = message.subspan(1);
    if (equal_in_any_case(name, "@stats_create")) return create(device, memory, given);
    if (equal_in_any_case(name, "@stats_list")) return list(device, given);
    for (const auto& [known, what] : verbs)
        if (equal_in_any_case(name, known)) return perform_on_region(device, memory, what, given);
    return EINVAL;
}

}  // namespace filemap::dm::detail
