#include "unit/dirtylog/protocol/kernel_requests.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <string>

namespace dirtylog {
namespace {

using test::asked;
using test::datagram;
using test::in_datagram;
using test::numbers;
using test::text;

/// Returns data of the size that a request of the type needs.
datagram fitting_data(std::uint32_t type) {
    switch (type) {
        case DM_ULOG_CTR: return text("2048 core 1024");
        case DM_ULOG_IS_CLEAN:
        case DM_ULOG_IN_SYNC:
        case DM_ULOG_IS_REMOTE_RECOVERING: return numbers({7});
        case DM_ULOG_FLUSH:
        case DM_ULOG_MARK_REGION:
        case DM_ULOG_CLEAR_REGION: return numbers({5, 6});
        case DM_ULOG_SET_REGION_SYNC: return numbers({7, 1});
        default: return {};
    }
}

template <class What>
What read_as(const datagram& sent) {
    const auto read = parse_request(sent);
    BOOST_TEST_REQUIRE(read.has_value());
    const What* const what = std::get_if<What>(&read->body);
    BOOST_TEST_REQUIRE(what != nullptr);
    return *what;
}

void put32(datagram& where, std::size_t at, std::uint32_t value) {
    std::memcpy(where.data() + at, &value, sizeof value);
}

constexpr std::size_t at_netlink_length = 0;
constexpr std::size_t at_connector_length = 16 + 16;
constexpr std::size_t at_uuid = 36 + 8;
constexpr std::size_t at_data_size = 36 + 156;

BOOST_AUTO_TEST_SUITE(datagram_suite)

BOOST_AUTO_TEST_CASE(each_type_is_parsed) {
    for (std::uint32_t type = 1; type <= request_types; ++type) {
        const auto read = parse_request(in_datagram({type, fitting_data(type)}));
        BOOST_TEST_REQUIRE(read.has_value(), type);
        BOOST_TEST(read->body.index() + 1 == type);
        BOOST_TEST(read->key.uuid.view() == "mirror");
        BOOST_TEST(read->key.luid.value() == 0xffff888000001000);
        BOOST_TEST(read->seq.value() == 1u);
        BOOST_TEST(read->version == 3u);
    }
    BOOST_TEST(name_of(request::construct{}) == "CTR");
    BOOST_TEST(name_of(request::is_remote_recovering{}) == "IS_REMOTE_RECOVERING");
}

BOOST_AUTO_TEST_CASE(unknown_type_ignores_data) {
    for (const std::uint32_t type : {0u, 18u, 0xffffffffu})
        read_as<request::unknown>(in_datagram({type, numbers({1})}));
}

BOOST_AUTO_TEST_CASE(constructor_with_nul_is_repeated) {
    const auto first = read_as<request::construct>(in_datagram({DM_ULOG_CTR, text("2048 core 1024")}));
    const datagram repeated = in_datagram({DM_ULOG_CTR, text(std::string_view("2048 core 1024\0", 15))});
    const auto again = read_as<request::construct>(repeated);
    BOOST_TEST(!first.is_repeated);
    BOOST_TEST(again.is_repeated);
    BOOST_TEST(again.arguments == "2048 core 1024");
}

BOOST_AUTO_TEST_CASE(unaligned_regions_are_read) {
    datagram data;
    for (std::uint64_t i = 0; i < 32; ++i) {
        const datagram one = numbers({i << 40 | i});
        data.insert(data.end(), one.begin(), one.end());
    }
    const datagram sent = in_datagram({DM_ULOG_MARK_REGION, data});
    for (std::size_t offset = 0; offset < 8; ++offset) {
        datagram moved(offset);
        moved.insert(moved.end(), sent.begin(), sent.end());
        const auto read = parse_request(std::span(moved).subspan(offset));
        BOOST_TEST_REQUIRE(read.has_value());
        const region_list which = std::get<request::mark>(read->body).which;
        BOOST_TEST_REQUIRE(which.size() == 32u);
        for (std::uint64_t i = 0; i < 32; ++i) BOOST_TEST(which[i].value() == (i << 40 | i));
    }
}

BOOST_AUTO_TEST_CASE(data_of_wrong_size_is_dropped) {
    for (const std::uint32_t type :
         {DM_ULOG_IS_CLEAN, DM_ULOG_IN_SYNC, DM_ULOG_IS_REMOTE_RECOVERING, DM_ULOG_SET_REGION_SYNC})
        for (std::size_t size = 0; size < 32; ++size)
            BOOST_TEST(parse_request(in_datagram({type, datagram(size)})).has_value() ==
                       (size == fitting_data(type).size()));
    for (const std::uint32_t type : {DM_ULOG_FLUSH, DM_ULOG_MARK_REGION, DM_ULOG_CLEAR_REGION})
        for (std::size_t size = 0; size < 32; ++size)
            BOOST_TEST(parse_request(in_datagram({type, datagram(size)})).has_value() == (size % 8 == 0));
}

BOOST_AUTO_TEST_CASE(truncated_datagram_is_dropped) {
    const datagram sent = in_datagram({DM_ULOG_SET_REGION_SYNC, numbers({7, 1})});
    for (std::size_t size = 0; size < sent.size(); ++size) {
        // Copy the bytes, so that the address sanitizer detects a read past the end.
        const datagram cut(sent.begin(), sent.begin() + static_cast<std::ptrdiff_t>(size));
        BOOST_TEST(!parse_request(cut).has_value(), size);
    }
}

BOOST_AUTO_TEST_CASE(false_lengths_are_dropped) {
    const datagram good = in_datagram({DM_ULOG_IN_SYNC, numbers({7})});
    const auto with = [&](std::size_t at, std::uint32_t value) {
        datagram changed = good;
        put32(changed, at, value);
        return parse_request(changed).has_value();
    };
    for (const std::uint32_t length : {0u, 35u, 36u, 195u, 203u, 205u, 0xffffffffu})
        BOOST_TEST(!with(at_netlink_length, length), length);
    for (const std::uint32_t length : {0u, 1u, 159u, 167u, 169u, 0xffffu})
        BOOST_TEST(!with(at_connector_length, length), length);
    for (const std::uint32_t size : {9u, 300u, 0xffffffffu, 0xffffff60u}) BOOST_TEST(!with(at_data_size, size), size);
}

BOOST_AUTO_TEST_CASE(bytes_behind_message_are_padding) {
    datagram sent = in_datagram({DM_ULOG_IN_SYNC, numbers({7})});
    sent.resize(sent.size() + 4);
    BOOST_TEST(read_as<request::in_sync>(sent).which.value() == 7u);
}

BOOST_AUTO_TEST_CASE(unterminated_uuid_is_dropped) {
    const std::string longest(128, 'u');
    datagram sent = in_datagram({DM_ULOG_RESUME, {}, longest});
    BOOST_TEST(parse_request(sent)->key.uuid.view() == longest);
    sent[at_uuid + 128] = std::byte{'u'};
    BOOST_TEST(!parse_request(sent).has_value());
}

BOOST_AUTO_TEST_CASE(other_connector_is_dropped) {
    datagram sent = in_datagram({DM_ULOG_RESUME});
    put32(sent, netlink_head_size, CN_IDX_PROC);
    BOOST_TEST(!parse_request(sent).has_value());
}

BOOST_AUTO_TEST_CASE(reply_carries_data) {
    reply made{sequence{9}};
    made.put(std::uint64_t{1});
    made.put(std::uint64_t{0xffffffffffff});
    datagram sent(max_answer_length);
    sent.resize(write_reply(made, sent));
    BOOST_TEST(sent.size() == heads_size + 16);
    const auto taken = test::taken_by_kernel(sent);
    BOOST_TEST_REQUIRE(taken.has_value());
    BOOST_TEST(taken->seq == 9u);
    BOOST_TEST(taken->error == 0);
    BOOST_TEST(taken->number(0) == 1u);
    BOOST_TEST(taken->number(1) == 0xffffffffffff);
}

BOOST_AUTO_TEST_CASE(unknown_log_refusal_has_answer_size) {
    for (std::uint32_t type = 1; type <= request_types; ++type) {
        const auto read = parse_request(in_datagram({type, fitting_data(type)}));
        reply made{read->seq};
        made.fail(-ESRCH, answer_size(read->body));
        datagram sent(max_answer_length);
        sent.resize(write_reply(made, sent));
        const auto taken = test::taken_by_kernel(sent);
        BOOST_TEST_REQUIRE(taken.has_value());
        BOOST_TEST(taken->error == -ESRCH);
        const bool pair = type == DM_ULOG_GET_RESYNC_WORK || type == DM_ULOG_IS_REMOTE_RECOVERING;
        const bool number = type == DM_ULOG_GET_REGION_SIZE || type == DM_ULOG_IS_CLEAN || type == DM_ULOG_IN_SYNC ||
                            type == DM_ULOG_GET_SYNC_COUNT;
        const bool status = type == DM_ULOG_STATUS_INFO || type == DM_ULOG_STATUS_TABLE;
        BOOST_TEST(taken->data.size() == (pair ? 16u : number ? 8u : status ? max_answer_data_length : 0u), type);
    }
}

BOOST_AUTO_TEST_CASE(long_text_is_truncated_with_nul) {
    reply made{sequence{1}};
    made.put("1 core");
    BOOST_TEST(made.size == 7u);
    BOOST_TEST((made.data[6] == std::byte{}));
    reply cut{sequence{1}};
    cut.put(std::string(1000, 'x'));
    BOOST_TEST(cut.size == max_answer_data_length);
    BOOST_TEST((cut.data.back() == std::byte{}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
