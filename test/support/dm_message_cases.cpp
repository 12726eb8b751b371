#include "dm/escape.hpp"
#include "support/dm_bench.hpp"

#include <cerrno>

namespace filemap::test {
namespace {

using namespace std::literals;

// Ids.

void create_gives_out_the_lowest_free_id(bench& b) {
    for (const char* id : {"0", "1", "2"}) BOOST_TEST(b.answer("@stats_create 0+8 8 0 p") == id);
    BOOST_TEST(b.answer("@stats_delete 1").empty());
    BOOST_TEST(b.answer("@stats_create 8+8 8 0 p") == "1");
    BOOST_TEST(b.answer("@stats_create 8+8 8 0 p") == "3");
    BOOST_TEST(b.answer("@stats_delete 0").empty());
    BOOST_TEST(b.answer("@stats_create 16+8 8 0 p") == "0");
    BOOST_TEST(b.answer("@stats_list") == "0: 16+8 8 p -\n1: 8+8 8 p -\n2: 0+8 8 p -\n3: 8+8 8 p -\n");
}

void id_wraps_around_at_32_bits(bench& b) {
    b.answer("@stats_create 0+8 8 0 p");
    BOOST_TEST(b.startup_error("@stats_clear 4294967296") == 0);
    BOOST_TEST(b.startup_error("@stats_clear 2147483648") == EINVAL);
    BOOST_TEST(b.startup_error("@stats_clear -0") == 0);
    BOOST_TEST(b.startup_error("@stats_clear 2147483647") == ENOENT);
}

// Errors.

void malformed_messages_are_invalid(bench& b) {
    b.answer("@stats_create 0+8 8 0 p");
    for (const char* message : {"",
                                "  ",
                                "hello",
                                "@hello",
                                "@stats_create",
                                "@stats_create 0+8",
                                "@stats_create 0+0 1",
                                "@stats_create 0+8 0",
                                "@stats_create 0+8 /0",
                                "@stats_create 0+8 /",
                                "@stats_create 0+8 x",
                                "@stats_create 0+8 8x",
                                "@stats_create 0+8x 8",
                                "@stats_create 0 8",
                                "@stats_create 0-8 8",
                                "@stats_create + 8",
                                "@stats_create -1+8 8",
                                "@stats_create -- 8",
                                "@stats_create 18446744073709551615+1 1",
                                "@stats_create 1+18446744073709551615 1",
                                "@stats_create 0+8 8 0 p a b",
                                "@stats_create 0+8 8 p a b",
                                "@stats_delete",
                                "@stats_delete x",
                                "@stats_delete -1",
                                "@stats_delete 0 0",
                                "@stats_delete 0x",
                                "@stats_clear",
                                "@stats_clear x",
                                "@stats_clear 0 0",
                                "@stats_list p p",
                                "@stats_print",
                                "@stats_print x",
                                "@stats_print 0 0",
                                "@stats_print 0 0 1 1",
                                "@stats_print 0 x 1",
                                "@stats_print 0 0 x",
                                "@stats_print 0 -1 1",
                                "@stats_print_clear",
                                "@stats_print_clear 0 0",
                                "@stats_set_aux",
                                "@stats_set_aux 0",
                                "@stats_set_aux 0 a b",
                                "@stats_set_aux x a"})
        BOOST_TEST(b.startup_error(message) == EINVAL, message);
    BOOST_TEST(b.answer("@stats_list") == "0: 0+8 8 p -\n");
}

void bad_options_are_invalid(bench& b) {
    for (const char* options : {"1", "2 precise_timestamps", "1 precise", "1 precise_timestampsx", "1 histogram",
                                "1 histogram:", "1 histogram:0", "1 histogram:1,1", "1 histogram:2,1", "1 histogram:1,",
                                "1 histogram:,1", "1 histogram:1,,2", "1 histogram:1x", "1 histogram:-1",
                                "2 histogram:1 histogram:2", "4294967295 precise_timestamps"})
        BOOST_TEST(b.startup_error("@stats_create 0+8 8 "s + options) == EINVAL, options);
    BOOST_TEST(b.answer("@stats_list").empty());
}

void missing_region_is_no_entry(bench& b) {
    for (const char* message : {"@stats_delete 0", "@stats_clear 0", "@stats_print 0", "@stats_print 0 0 1",
                                "@stats_print_clear 0", "@stats_set_aux 0 a", "@stats_print 2147483647"})
        BOOST_TEST(b.startup_error(message) == ENOENT, message);
}

void missing_device_is_no_device(bench& b) {
    for (const char* message : {"@stats_list", "@stats_create 0+8 8", "@stats_delete 0", "@hello", ""}) {
        const auto answered = b.kernel().message(b.missing_device(), message);
        BOOST_REQUIRE(answered.has_error());
        BOOST_TEST(answered.error().code == boost::system::errc::no_such_device_or_address, message);
    }
}

void context_of_a_failure_names_message_region_and_device(bench& b) {
    const std::string on = " on " + to_string(b.device());
    const auto context = [&b](std::string_view message) {
        const auto answered = b.kernel().message(b.device(), message);
        return answered ? "no failure"s : std::as_const(answered).error().context;
    };
    BOOST_TEST(context("@stats_delete 7") == "@stats_delete 7" + on);
    BOOST_TEST(context("@stats_create 0+0 1 0 p \x1b[31m") == "@stats_create 0+0" + on);
    BOOST_TEST(context("@stats_list foreign\x1btext text") == "@stats_list" + on);
    BOOST_TEST(context("\x1b[31m red") == "message" + on);
}

void message_with_a_nul_is_invalid(bench& b) {
    BOOST_TEST(b.startup_error("@stats_list\0p"sv) == EINVAL);
}

void sizes_that_cannot_be_computed_overflow(bench& b) {
    BOOST_TEST(b.startup_error("@stats_create 0+18446744073709551615 1") == EOVERFLOW);
    BOOST_TEST(b.startup_error("@stats_create 0+1152921504606846976 1") == EOVERFLOW);
}

void regions_past_the_limit_of_memory_are_refused(bench& b) {
    BOOST_TEST(b.startup_error("@stats_create 0+1099511627776 1") == ENOMEM);
    BOOST_TEST(b.startup_error("@stats_create 0+16777216 1") == ENOMEM);
    BOOST_TEST(b.answer("@stats_create 0+16777216 16") == "0");
    BOOST_TEST(b.answer("@stats_delete 0").empty());
}

// The tokenizer.

void message_names_and_options_are_case_blind(bench& b) {
    BOOST_TEST(b.answer("@STATS_create 0+8 8 1 PRECISE_timestamps p") == "0");
    BOOST_TEST(b.answer("@Stats_List") == "0: 0+8 8 p - precise_timestamps\n");
}

void white_space_of_every_kind_divides_tokens(bench& b) {
    BOOST_TEST(b.answer("\n @stats_create\t0+8\v8\f0\rp\xa0"s + "aux \n\t") == "0");
    BOOST_TEST(b.answer("@stats_list") == "0: 0+8 8 p aux\n");
}

void escaped_tokens_are_stored_as_they_are(bench& b) {
    for (int byte = 1; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        for (const std::string& aux :
             {std::string{c}, std::string{c, 'b'}, std::string{'a', c}, std::string{'a', c, 'b'}})
            BOOST_TEST(b.aux_stored_by("@stats_create 0+8 8 0 p " + dm::escape_token(aux)) == aux, byte);
    }
}

void a0_within_a_character_cuts_an_unescaped_token(bench& b) {
    BOOST_TEST(b.aux_stored_by("@stats_create 0+8 8 0 p voil\xc3\xa0") == "voil\xc3");
    BOOST_TEST(b.startup_error("@stats_create 0+8 8 0 p voil\xc3\xa0x") == EINVAL);
    BOOST_TEST(b.aux_stored_by("@stats_create 0+8 8 0 p voil\xc3\\\xa0x") == "voil\xc3\xa0x");
}

void backslash_takes_any_byte_and_stays_at_the_end(bench& b) {
    BOOST_TEST(b.aux_stored_by("@stats_create 0+8 8 0 p \\a\\\\\\n") == "a\\n");
    BOOST_TEST(b.aux_stored_by("@stats_create 0+8 8 0 p a\\ b\\\nc") == "a b\nc");
    BOOST_TEST(b.aux_stored_by("@stats_create 0+8 8 0 p a\\") == "a\\");
}

void quotes_mean_nothing(bench& b) {
    BOOST_TEST(b.startup_error("@stats_create 0+8 8 0 p \"a b\"") == EINVAL);
    BOOST_TEST(b.aux_stored_by("@stats_create 0+8 8 0 p \"a\"'b'") == "\"a\"'b'");
}

void numbers_may_follow_escaped_blanks_and_zeros(bench& b) {
    BOOST_TEST(b.answer("@stats_create \\ 007+\\\n8 \\\t08 0 p") == "0");
    BOOST_TEST(b.answer("@stats_list") == "0: 7+8 8 p -\n");
}

// Creation and lists.

void program_and_aux_are_dashes_by_default(bench& b) {
    BOOST_TEST(b.answer("@stats_create 0+8 8") == "0");
    BOOST_TEST(b.answer("@stats_create 0+8 8 p") == "1");
    BOOST_TEST(b.answer("@stats_create 0+8 8 0 p a") == "2");
    BOOST_TEST(b.answer("@stats_list") == "0: 0+8 8 - -\n1: 0+8 8 p -\n2: 0+8 8 p a\n");
    BOOST_TEST(b.answer("@stats_list -") == "0: 0+8 8 - -\n");
}

void range_and_step_take_their_short_forms(bench& b) {
    const std::string all = std::to_string(dm_fixture::size.count());
    BOOST_TEST(b.answer("@stats_create - " + all + " 0 p") == "0");
    BOOST_TEST(b.answer("@stats_create - /4 0 p") == "1");
    BOOST_TEST(b.answer("@stats_create 0+10 /3 0 p") == "2");
    BOOST_TEST(b.answer("@stats_create 0+10 /11 0 p") == "3");
    BOOST_TEST(b.answer("@stats_list") == "0: 0+" + all + " " + all + " p -\n1: 0+" + all + " " +
                                              std::to_string(dm_fixture::size.count() / 4) +
                                              " p -\n2: 0+10 4 p -\n3: 0+10 1 p -\n");
}

void range_past_the_end_is_accepted(bench& b) {
    BOOST_TEST(b.answer("@stats_create 18446744073709551607+8 8 0 p") == "0");
    BOOST_TEST(b.answer("@stats_list") == "0: 18446744073709551607+8 8 p -\n");
    BOOST_TEST(b.answer("@stats_print 0") == "18446744073709551607+8 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
}

void program_of_digits_needs_the_option_count(bench& b) {
    BOOST_TEST(b.startup_error("@stats_create 0+10 10 5 x") == EINVAL);
    BOOST_TEST(b.answer("@stats_create 0+10 10 0 5 x") == "0");
    BOOST_TEST(b.answer("@stats_create 0+10 10 5x 7") == "1");
    BOOST_TEST(b.answer("@stats_list 5") == "0: 0+10 10 5 x\n");
    BOOST_TEST(b.answer("@stats_list 5x") == "1: 0+10 10 5x 7\n");
    dm::region_spec spec{.range = {sectors{0}, sectors{8}}, .program_id = "12", .aux = "34"};
    BOOST_TEST(b.typed().create(spec).value().value() == 2u);
    BOOST_TEST(b.answer("@stats_list 12") == "2: 0+8 8 12 34\n");
}

void list_of_a_program_leaves_out_the_others(bench& b) {
    b.answer("@stats_create 0+8 8 0 p");
    b.answer("@stats_create 8+8 8 0 q");
    b.answer("@stats_create 16+8 8 0 p\\ q a");
    BOOST_TEST(b.answer("@stats_list p") == "0: 0+8 8 p -\n");
    BOOST_TEST(b.answer("@stats_list p\\ q") == "2: 16+8 8 p q a\n");
    BOOST_TEST(b.answer("@stats_list P").empty());
    BOOST_TEST(b.answer("@stats_list unknown").empty());
}

void options_are_listed_in_one_order(bench& b) {
    b.answer("@stats_create 0+8 8 2 histogram:1,20,18446744073709551615 precise_timestamps p a");
    b.answer("@stats_create 0+8 8 1 histogram:007 p");
    b.answer("@stats_create 0+8 8 2 precise_timestamps precise_timestamps p");
    BOOST_TEST(b.answer("@stats_list") ==
               "0: 0+8 8 p a precise_timestamps histogram:1,20,18446744073709551615\n"
               "1: 0+8 8 p - histogram:7\n2: 0+8 8 p - precise_timestamps\n");
}

void set_aux_replaces_and_keeps_the_rest(bench& b) {
    b.answer("@stats_create 0+8 8 1 precise_timestamps p a");
    BOOST_TEST(b.answer("@stats_set_aux 0 two\\ words\\\n").empty());
    BOOST_TEST(b.answer("@stats_list") == "0: 0+8 8 p two words\n precise_timestamps\n");
    const auto list = b.typed().list("p").value();
    BOOST_REQUIRE(list.rows().size() == 1u);
    BOOST_TEST(list.rows()[0].aux == "two words\n");
    BOOST_TEST(list.rows()[0].precise_timestamps);
}

constexpr dm_case cases[] = {
    DM_CASE(create_gives_out_the_lowest_free_id),
    DM_CASE(id_wraps_around_at_32_bits),
    DM_CASE(malformed_messages_are_invalid),
    DM_CASE(bad_options_are_invalid),
    DM_CASE(missing_region_is_no_entry),
    DM_CASE(missing_device_is_no_device),
    DM_CASE(context_of_a_failure_names_message_region_and_device),
    DM_CASE(message_with_a_nul_is_invalid),
    DM_CASE(sizes_that_cannot_be_computed_overflow),
    DM_CASE(regions_past_the_limit_of_memory_are_refused),
    DM_CASE(message_names_and_options_are_case_blind),
    DM_CASE(white_space_of_every_kind_divides_tokens),
    DM_CASE(escaped_tokens_are_stored_as_they_are),
    DM_CASE(a0_within_a_character_cuts_an_unescaped_token),
    DM_CASE(backslash_takes_any_byte_and_stays_at_the_end),
    DM_CASE(quotes_mean_nothing),
    DM_CASE(numbers_may_follow_escaped_blanks_and_zeros),
    DM_CASE(program_and_aux_are_dashes_by_default),
    DM_CASE(range_and_step_take_their_short_forms),
    DM_CASE(range_past_the_end_is_accepted),
    DM_CASE(program_of_digits_needs_the_option_count),
    DM_CASE(list_of_a_program_leaves_out_the_others),
    DM_CASE(options_are_listed_in_one_order),
    DM_CASE(set_aux_replaces_and_keeps_the_rest),
};

}  // namespace

std::span<const dm_case> dm_message_cases() {
    return cases;
}

}  // namespace filemap::test
