#include "watch/inotify.hpp"

#include "unit/filemap/fs/scratch_directory.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <random>

#include <sys/stat.h>

namespace filemap::fs {
namespace {

namespace asio = boost::asio;

/// Appends a record as the kernel writes it, with the name padded with NULs.
void append(std::vector<std::byte>& buffer, int watch, std::uint32_t mask, const std::string& name,
            std::uint32_t length) {
    const ::inotify_event head{watch, mask, 0, length};
    const auto at = buffer.size();
    buffer.resize(at + sizeof head + std::max<std::size_t>(length, name.size()));
    std::memcpy(buffer.data() + at, &head, sizeof head);
    std::memcpy(buffer.data() + at + sizeof head, name.data(), name.size());
}

std::string in_words(const std::vector<inotify_event>& events) {
    std::string words;
    for (const inotify_event& e : events)
        words += std::to_string(e.watch) + "/" + std::to_string(e.mask) + "/" + std::string(e.name) + " ";
    return words;
}

BOOST_AUTO_TEST_SUITE(inotify_suite)

BOOST_AUTO_TEST_CASE(parse_of_whole_records_gives_each) {
    std::vector<std::byte> buffer;
    append(buffer, 1, IN_MODIFY, "", 0);
    append(buffer, 2, IN_CREATE, "name", 16);
    append(buffer, -1, IN_Q_OVERFLOW, "", 0);
    append(buffer, 3, IN_DELETE, "full", 4);
    BOOST_TEST(in_words(parse_inotify_events(buffer)) == "1/2/ 2/256/name -1/16384/ 3/512/full ");
    BOOST_TEST(parse_inotify_events({}).empty());
}

BOOST_AUTO_TEST_CASE(cut_buffer_keeps_whole_records) {
    std::vector<std::byte> buffer;
    append(buffer, 1, IN_MODIFY, "", 0);
    const std::size_t first = buffer.size();
    append(buffer, 2, IN_CREATE, "name", 16);
    const std::size_t second = buffer.size();
    for (std::size_t size = 0; size <= second; ++size) {
        // Copy to a buffer of exactly this size, so that the sanitizer detects a read past its end.
        const std::vector<std::byte> cut(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
        BOOST_TEST(parse_inotify_events(cut).size() == (size < first ? 0u : size < second ? 1u : 2u));
    }
}

BOOST_AUTO_TEST_CASE(excess_length_ends_parsing) {
    for (const std::uint32_t length : {17u, 0x7fffffffu, std::numeric_limits<std::uint32_t>::max()}) {
        std::vector<std::byte> buffer;
        append(buffer, 1, IN_MODIFY, "", 0);
        append(buffer, 2, IN_CREATE, "name", 16);
        std::memcpy(buffer.data() + sizeof(::inotify_event) + offsetof(::inotify_event, len), &length, sizeof length);
        BOOST_TEST(in_words(parse_inotify_events(buffer)) == "1/2/ ");
    }
}

BOOST_AUTO_TEST_CASE(random_bytes_stay_in_bounds) {
    const unsigned seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random(seed);
    for (int i = 0; i < 2000; ++i) {
        std::vector<std::byte> buffer(random() % 200);
        for (std::byte& b : buffer) b = static_cast<std::byte>(random() % 4 == 0 ? random() : 0);
        const auto events = parse_inotify_events(buffer);
        BOOST_TEST(events.size() <= buffer.size() / sizeof(::inotify_event), "seed " << seed);
        for (const inotify_event& e : events) BOOST_TEST(e.name.size() <= buffer.size(), "seed " << seed);
    }
}

/// Reads the queued events once.
result<std::string> read_once(asio::io_context& io, inotify_stream& stream) {
    std::optional<result<std::string>> read;
    asio::co_spawn(
        io,
        [](inotify_stream& from, std::optional<result<std::string>>& to) -> asio::awaitable<void> {
            const auto events = co_await from.next();
            if (events) {
                to.emplace(in_words(*events));
            } else {
                to.emplace(events.error());
            }
        }(stream, read),
        [](std::exception_ptr thrown) {
            if (thrown) std::rethrow_exception(thrown);
        });
    io.restart();
    io.poll();
    if (!read) return failure{error_code(EAGAIN, boost::system::system_category()), "nothing was queued"};
    return *read;
}

BOOST_AUTO_TEST_CASE(stream_delivers_events_of_both_kinds) {
    const test::scratch_directory directory;
    const descriptor file = directory.make("file");
    const descriptor by_path{::open((directory / "file").c_str(), O_PATH | O_CLOEXEC)};
    asio::io_context io;
    auto stream = inotify_stream::open(io.get_executor());
    BOOST_REQUIRE(stream.has_value());
    const auto watch = stream->watch(by_path.get(), IN_MODIFY);
    const auto of_directory = stream->watch(directory.path().c_str(), IN_CREATE);
    BOOST_REQUIRE((watch.has_value() && of_directory.has_value()));
    BOOST_TEST(*watch != *of_directory);
    BOOST_TEST(stream->watch(file.get(), IN_MODIFY).value() == *watch);

    BOOST_REQUIRE(::write(file.get(), "x", 1) == 1);
    const descriptor made = directory.make("made");
    BOOST_TEST(read_once(io, *stream).value() ==
               std::to_string(*watch) + "/2/ " + std::to_string(*of_directory) + "/256/made ");

    stream->unwatch(*watch);
    BOOST_TEST(read_once(io, *stream).value() == std::to_string(*watch) + "/32768/ ");
}

BOOST_AUTO_TEST_CASE(closed_stream_ends_reading) {
    asio::io_context io;
    auto stream = inotify_stream::open(io.get_executor());
    BOOST_REQUIRE(stream.has_value());
    stream->close();
    BOOST_TEST(read_once(io, *stream).has_error());
}

BOOST_AUTO_TEST_CASE(missing_object_gives_kernel_error) {
    asio::io_context io;
    auto stream = inotify_stream::open(io.get_executor());
    BOOST_REQUIRE(stream.has_value());
    BOOST_TEST(stream->watch("/nonexistent/name", IN_MODIFY).error().code.value() == ENOENT);
    BOOST_TEST(stream->watch(-1, IN_MODIFY).error().code.value() == ENOENT);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::fs
