// A program of its own, since it replaces operator new.

#include "unit/dirtylog/server/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

// Not inlined: otherwise the compiler reports mismatched allocation functions.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* const got = std::malloc(size ? size : 1)) return got;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* at) noexcept {
    std::free(at);
}
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept {
    std::free(at);
}

namespace dirtylog {
namespace {

using test::in_datagram;
using test::numbers;

/// Counts the allocations of a request, from datagram to datagram.
std::size_t cost_of(protocol& server, const protocol::answer& give, const test::datagram& sent,
                    std::span<std::byte> out) {
    const std::size_t before = allocations;
    const auto read = parse_request(sent);
    reply answer;
    std::size_t written = 0;
    if (read && server.step(*read, answer, 0) == protocol::verdict::reply) written = write_reply(answer, out);
    while (job* const next = server.next_job()) {
        // The backend's jobs run outside the event loop; count only the code before and after them.
        server.complete(*next, give);
        ++written;
    }
    const std::size_t cost = allocations - before;
    BOOST_TEST(written > 0u);
    return cost;
}

BOOST_AUTO_TEST_SUITE(allocation_suite)

BOOST_AUTO_TEST_CASE(region_requests_do_not_allocate) {
    for (const char* const constructor : {"80000 core 8 nosync", "80000 disk /log 8 nosync"}) {
        test::world w;
        w.disks["/log"];
        w.create(constructor);
        const protocol::answer give = [](const reply&, std::size_t) {};
        test::datagram out(max_answer_length);
        test::datagram marks;
        for (std::uint64_t i = 0; i < 32; ++i) {
            const auto one = numbers({i * 300});
            marks.insert(marks.end(), one.begin(), one.end());
        }
        const test::asked all[] = {{DM_ULOG_IN_SYNC, numbers({7})},
                                   {DM_ULOG_IS_CLEAN, numbers({7})},
                                   {DM_ULOG_MARK_REGION, marks},
                                   {DM_ULOG_FLUSH, {}},
                                   {DM_ULOG_CLEAR_REGION, marks},
                                   {DM_ULOG_FLUSH, marks},
                                   {DM_ULOG_SET_REGION_SYNC, numbers({7, 0})},
                                   {DM_ULOG_GET_RESYNC_WORK, {}},
                                   {DM_ULOG_SET_REGION_SYNC, numbers({7, 1})},
                                   {DM_ULOG_GET_SYNC_COUNT, {}},
                                   {DM_ULOG_IS_REMOTE_RECOVERING, numbers({7})},
                                   {DM_ULOG_GET_REGION_SIZE, {}},
                                   {DM_ULOG_IN_SYNC, numbers({70000})}};
        for (test::asked each : all) {
            each.luid = 1;
            BOOST_TEST(cost_of(w.server(), give, in_datagram(each), out) == 0u, constructor << " type " << each.type);
        }
        test::asked unknown{DM_ULOG_IN_SYNC, numbers({7})};
        unknown.luid = 99;
        BOOST_TEST(cost_of(w.server(), give, in_datagram(unknown), out) == 0u);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
