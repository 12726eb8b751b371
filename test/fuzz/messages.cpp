// A token through the escaper and the kernel's tokenizer, and messages of any kind with what the kernel answers to
// them.
//
// Input: parts divided by NULs, the first a token and the others messages.

#include "dm/escape.hpp"
#include "fuzz/target.hpp"

#include <filemap/dm/simulated_kernel.hpp>
#include <filemap/dm/statistics.hpp>

#include <cerrno>
#include <string>

namespace filemap::test {
namespace {

const device_id device(254, 0);

/// Regions of some hundred areas.
constexpr std::uint64_t memory_limit = 128 * 1024;

class fresh_kernel {
public:
    fresh_kernel() {
        kernel_.add_device(device, sectors{1 << 20});
        kernel_.limit_memory(memory_limit);
    }

    result<std::string> message(std::string_view text) { return kernel_.message(device, text); }
    dm::statistics typed() { return {kernel_, device}; }

private:
    dm::simulated_kernel kernel_;
};

/// The aux_data and options of a row of @stats_list: a text at the end of aux_data may look like an option.
std::string aux_and_options(const dm::region_row& row) {
    std::string text(row.aux);
    if (row.precise_timestamps) text += " precise_timestamps";
    if (!row.histogram.empty()) text.append(" histogram:").append(row.histogram);
    return text;
}

void check_token(const std::string& token) {
    fresh_kernel kernel;
    const std::string escaped = dm::escape_token(token);
    require(escaped.size() <= 2 * token.size(), "each byte is escaped once");
    require(kernel.message("@stats_create 0+8 8 0 " + escaped + ' ' + escaped).has_value(), "a token is one token");
    require(kernel.message("@stats_list").value() == "0: 0+8 8 " + token + ' ' + token + '\n',
            "the kernel stores the token");

    fresh_kernel another;
    dm::statistics typed = another.typed();
    const auto created = typed.create({.range = {sectors{8}, sectors{8}}, .program_id = token, .aux = "-"});
    require(created && *created == region_id{0}, "the lowest free id is given");
    require(typed.set_aux(*created, token).has_value(), "a token is one argument");
    const auto list = typed.list(token);
    require(list && list->rows().size() == 1, "the program's region is listed");
    const dm::region_row row = list->rows()[0];
    require(row.program_id == token && aux_and_options(row) == token, "the list holds the token");
}

void check_answers(fresh_kernel& kernel) {
    dm::statistics typed = kernel.typed();
    const auto list = typed.list({});
    require(list.has_value(), "a list of the kernel is read");
    for (const dm::region_row& row : list->rows()) {
        const auto areas = typed.print(row.id);
        // Forged rows name regions that may not be there.
        if (areas)
            require(!areas->empty(), "a region has areas");
        else
            require(areas.error().code.value() == ENOENT, "what the kernel prints is read");
    }
}

void check_messages(std::string_view messages) {
    constexpr int most = 16;
    fresh_kernel kernel;
    for (int i = 0; i < most && !messages.empty(); ++i) {
        const auto answer = kernel.message(take_until(messages, '\0'));
        if (!answer) require(answer.error().code.value() != 0, "a failure has a cause");
        check_answers(kernel);
    }
}

void check(std::string_view input) {
    const std::string token(take_until(input, '\0'));
    if (!token.empty()) check_token(token);
    check_messages(input);
}

}  // namespace
}  // namespace filemap::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    filemap::test::check(filemap::test::as_text(data, size));
    return 0;
}
