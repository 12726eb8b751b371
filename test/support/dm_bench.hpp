#pragma once

#include "support/dm_cases.hpp"

#include <filemap/dm/statistics.hpp>

#include <boost/test/unit_test.hpp>

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace filemap::test {

/// Sends messages as text and checks their outcome.
class bench {
public:
    explicit bench(dm_fixture& fixture) : fixture_(fixture) {}

    [[nodiscard]] dm::statistics typed() { return {fixture_.kernel(), fixture_.device()}; }
    [[nodiscard]] dm::kernel& kernel() { return fixture_.kernel(); }
    [[nodiscard]] device_id device() const { return fixture_.device(); }
    [[nodiscard]] device_id missing_device() const { return fixture_.missing_device(); }

    /// The answer; fails the case if there is none.
    std::string answer(std::string_view message) {
        auto answered = kernel().message(device(), message);
        BOOST_REQUIRE_MESSAGE(answered.has_value(), "refused: " << message.substr(0, 200));
        return *std::move(answered);
    }

    /// The errno, 0 for none.
    int startup_error(std::string_view message) {
        const auto answered = kernel().message(device(), message);
        return answered ? 0 : std::as_const(answered).error().code.value();
    }

    /// Creates region 0 and returns the aux_data that the kernel has stored.
    std::string aux_stored_by(std::string_view creation) {
        BOOST_REQUIRE_EQUAL(answer(creation), "0");
        const std::string row = answer("@stats_list");
        const std::string_view head = "0: 0+8 8 p ";
        BOOST_REQUIRE(row.starts_with(head) && row.ends_with('\n'));
        answer("@stats_delete 0");
        return row.substr(head.size(), row.size() - head.size() - 1);
    }

    void read(std::uint64_t start, std::uint64_t length) { issue(dm::io_direction::read, start, length); }
    void write(std::uint64_t start, std::uint64_t length) { issue(dm::io_direction::write, start, length); }

    void remove_regions() {
        auto regions = typed();
        const auto list = regions.list({}).value();
        for (const auto& row : list.rows()) regions.remove(row.id).value();
    }

private:
    void issue(dm::io_direction direction, std::uint64_t start, std::uint64_t length) {
        fixture_.issue(direction, {sectors{start}, sectors{length}});
    }

    dm_fixture& fixture_;
};

/// A test case. The name says condition and result.
struct dm_case {
    const char* name;
    void (*run)(bench&);
};
#define DM_CASE(function)    \
    dm_case {                \
#function, &function \
    }

/// Ids, errors, the tokenizer, creation and lists.
[[nodiscard]] std::span<const dm_case> dm_message_cases();
/// Counters and large answers.
[[nodiscard]] std::span<const dm_case> dm_counting_cases();

}  // namespace filemap::test
