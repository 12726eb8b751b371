#include "dmfilemapd/metrics/scrape.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace dmfilemapd::metrics {

namespace asio = boost::asio;

namespace {

using clock = std::chrono::steady_clock;

// Limit of files listed before the event loop runs other work.
constexpr std::size_t files_at_once = 256;
// Limit of consecutive messages to one device, because its monitors wait for them. A reading of many regions sends at
// most this many in a row.
constexpr std::size_t messages_at_once = 64;

/// Readings of a scrape. A reading may outlive the scrape.
class readings : public std::enable_shared_from_this<readings> {
public:
    readings(const asio::any_io_executor& events, const source& of, std::vector<file_sample> files)
        : wake_(events), of_(&of), files_(std::move(files)) {
        for (std::size_t i = 0; i < files_.size(); ++i) queues_[files_[i].device].files.push_back(i);
    }

    asio::awaitable<std::vector<file_sample>> run(std::chrono::milliseconds patience) {
        const auto self = shared_from_this();
        for (auto& [device, files] : queues_) read_next(files);
        for (auto next = give_up_silent(patience); is_under_way(); next = give_up_silent(patience)) {
            wake_.expires_at(next);
            co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        of_ = nullptr;
        // Frees the queues, because a hung device may keep this object alive for long.
        queues_.clear();
        co_return std::move(files_);
    }

private:
    struct queue {
        std::vector<std::size_t> files;
        std::size_t next = 0;
        // Number of readings in progress and of their messages.
        std::size_t readings = 0;
        std::size_t messages = 0;
        bool given_up = false;

        [[nodiscard]] bool is_awaited() const noexcept { return readings > 0 && !given_up; }
    };

    [[nodiscard]] bool is_under_way() const {
        return std::ranges::any_of(queues_, [](const auto& one) { return one.second.is_awaited(); });
    }

    // Drops hung devices. Returns the time when the next device reaches the timeout.
    clock::time_point give_up_silent(std::chrono::milliseconds patience) {
        const auto now = clock::now();
        auto next = clock::time_point::max();
        for (auto& [device, of] : queues_) {
            if (!of.is_awaited()) continue;
            const auto ends = of_->unanswered_since(device).value_or(now) + patience;
            of.given_up = ends <= now;
            if (!of.given_up) next = std::min(next, ends);
        }
        return next;
    }

    std::size_t messages_of(std::size_t file) const {
        return std::clamp(files_[file].regions, std::size_t{1}, messages_at_once);
    }

    void read_next(queue& of) {
        while (of.next < of.files.size()) {
            const std::size_t at = of.files[of.next];
            if (of.messages > 0 && of.messages + messages_of(at) > messages_at_once) return;
            ++of.next;
            const bool begun =
                of_->read(files_[at].path, [self = shared_from_this(), &of, at](
                                               filemap::error_code error, const filemap::file_counters& counters) {
                    self->note(of, at, error, counters);
                });
            if (!begun) continue;
            ++of.readings;
            of.messages += messages_of(at);
        }
    }

    void note(queue& of, std::size_t at, filemap::error_code error, const filemap::file_counters& counters) {
        if (!of_ || of.given_up) return;
        if (!error) files_[at].counters = counters;
        --of.readings;
        of.messages -= messages_of(at);
        read_next(of);
        if (of.readings == 0) wake_.cancel();
    }

    // Expires when a device's readings end and when a device reaches the timeout.
    asio::steady_timer wake_;
    // Source of the counters; nullptr after the scrape.
    const source* of_;
    std::vector<file_sample> files_;
    std::map<filemap::device_id, queue> queues_;
};

}  // namespace

asio::awaitable<std::shared_ptr<const snapshot>> scrape(asio::any_io_executor events, const source& of,
                                                        std::chrono::milliseconds patience) {
    std::vector<file_sample> files;
    for (std::string last = of.add_files_after({}, files_at_once, files); !last.empty();
         last = of.add_files_after(last, files_at_once, files))
        co_await asio::post(events, asio::use_awaitable);
    const auto reading = std::make_shared<readings>(events, of, std::move(files));
    files = co_await reading->run(patience);
    // Reads the summary last, so that the service's own counters are at least as recent as the files' counters.
    auto taken = std::make_shared<snapshot>(of.summary());
    taken->files = std::move(files);
    taken->taken_at = std::chrono::system_clock::now();
    co_return taken;
}

}  // namespace dmfilemapd::metrics
