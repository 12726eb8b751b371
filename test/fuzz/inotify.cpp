// A buffer that read(2) returned for an inotify descriptor.

#include "watch/inotify.hpp"

#include "fuzz/target.hpp"

#include <cstring>
#include <span>

namespace filemap::test {
namespace {

using buffer = std::span<const std::byte>;

void check_name(std::string_view name, buffer record) {
    const auto* const begin = reinterpret_cast<const char*>(record.data()) + sizeof(::inotify_event);
    require(name.data() == begin, "a name stands behind its head");
    require(name.size() <= record.size() - sizeof(::inotify_event), "a name lies within its record");
    require(name.find('\0') == std::string_view::npos, "a name ends at the first NUL");
}

/// Returns what is left when each event has been found where it must stand.
buffer pass(buffer left, const std::vector<fs::inotify_event>& events) {
    for (const fs::inotify_event& event : events) {
        require(left.size() >= sizeof(::inotify_event), "an event has a head");
        ::inotify_event head;
        std::memcpy(&head, left.data(), sizeof head);
        require(event.watch == head.wd && event.mask == head.mask, "an event is what its head says");
        require(head.len <= left.size() - sizeof head, "an event lies within the buffer");
        check_name(event.name, left.first(sizeof head + head.len));
        left = left.subspan(sizeof head + head.len);
    }
    return left;
}

void check(buffer input) {
    const auto events = fs::parse_inotify_events(input);
    const buffer left = pass(input, events);
    require(events.size() <= input.size() / sizeof(::inotify_event), "no event is made up");
    if (left.empty()) return;
    require(fs::parse_inotify_events(left).empty(), "what is left is no whole event");
    const auto before = fs::parse_inotify_events(input.first(input.size() - left.size()));
    require(before.size() == events.size(), "what is cut off changes nothing before it");
}

}  // namespace
}  // namespace filemap::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    filemap::test::check(std::as_bytes(std::span(data, size)));
    return 0;
}
