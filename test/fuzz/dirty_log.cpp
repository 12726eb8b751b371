// Requests to the server of dirty logs, valid and invalid.

#include "fuzz/target.hpp"
#include "protocol/protocol.hpp"
#include "unit/dirtylog/protocol/kernel_requests.hpp"
#include "unit/dirtylog/storage/memory_storage.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <span>

#include <stdlib.h>

namespace filemap::test {
namespace {

using dirtylog::protocol;

/// A directory that is empty before each input, and gone at the end.
struct directory {
    directory() {
        char pattern[] = "/tmp/fuzz-dirty-log.XXXXXX";
        path = ::mkdtemp(pattern);
    }
    ~directory() { std::filesystem::remove_all(path); }
    void clear() const {
        for (const auto& each : std::filesystem::directory_iterator(path)) std::filesystem::remove(each);
    }
    std::string path;
};

class bytes {
public:
    explicit bytes(std::span<const std::uint8_t> all) : left_(all) {}
    [[nodiscard]] bool empty() const { return left_.empty(); }
    std::uint8_t number() {
        if (left_.empty()) return 0;
        const std::uint8_t got = left_.front();
        left_ = left_.subspan(1);
        return got;
    }
    dirtylog::test::datagram take(std::size_t size) {
        const auto got = std::as_bytes(left_.first(std::min(size, left_.size())));
        left_ = left_.subspan(got.size());
        return {got.begin(), got.end()};
    }

private:
    std::span<const std::uint8_t> left_;
};

class server {
public:
    explicit server(const std::string& state) {
        disks["/a"];
        disks["/b"];
        dirtylog::environment env{state, *dirtylog::boot_id::make("boot"), {}, {}};
        env.open_log =
            env.open_leg = [this](const std::string& path) -> dirtylog::result<std::unique_ptr<dirtylog::storage>> {
            const auto found = disks.find(path);
            if (found == disks.end()) return dirtylog::errno_failure(ENOENT, path);
            return found->second.open();
        };
        engine.emplace(env, logger());
    }

    void give(const dirtylog::test::datagram& sent) {
        const auto message = dirtylog::parse_request(sent);
        if (!message || is_large(*message)) return;
        dirtylog::reply out;
        const std::size_t slot = next_slot++;
        switch (engine->step(*message, out, slot)) {
            case protocol::verdict::reply: check(out, *message); break;
            case protocol::verdict::replace:
                require(waiting.erase(engine->replaced()) == 1, "one that waits is replaced");
                [[fallthrough]];
            case protocol::verdict::wait: waiting.insert(slot); break;
        }
    }

    void work(std::size_t most) {
        for (std::size_t i = 0; i < most; ++i) {
            dirtylog::job* const next = engine->next_job();
            if (!next) return;
            next->log->run(*next);
            engine->complete(*next, [this](const dirtylog::reply& out, std::size_t slot) {
                require(waiting.erase(slot) == 1, "a request is answered once");
                check_form(out);
            });
        }
    }

    void check_state() const {
        for (const dirtylog::log_status& each : engine->status()) {
            require(each.in_sync <= each.shape.regions(), "no more regions are in sync than there are");
            require(each.dirty <= each.shape.regions(), "no more regions are dirty than there are");
            require(each.in_sync + each.dirty >= each.shape.regions() || each.phase != dirtylog::log_phase::working,
                    "a region that is not in sync is dirty");
        }
    }

    std::map<std::string, dirtylog::test::memory_disk> disks;
    std::optional<protocol> engine;
    std::set<std::size_t> waiting;
    std::size_t next_slot = 0;

private:
    /// Large logs are skipped: their memory depends on the machine.
    static bool is_large(const dirtylog::kernel_request& message) {
        const auto* const made = std::get_if<dirtylog::request::construct>(&message.body);
        const auto how = made ? dirtylog::parse_log_arguments(made->arguments) : dirtylog::failure();
        return made && how && how->shape.regions().count() > 100000;
    }
    static void check_form(const dirtylog::reply& out) {
        dirtylog::test::datagram sent(dirtylog::max_answer_length);
        sent.resize(dirtylog::write_reply(out, sent));
        const auto taken = dirtylog::test::taken_by_kernel(sent);
        require(taken.has_value(), "the kernel takes the answer");
        require(taken->seq == out.seq.value() && taken->error == out.error, "the answer is what was said");
        require(out.error <= 0, "an error is negative");
    }
    static void check(const dirtylog::reply& out, const dirtylog::kernel_request& message) {
        check_form(out);
        require(out.seq == message.seq, "the answer is the request's");
        if (out.error == -ESRCH)
            require(out.size == dirtylog::answer_size(message.body), "there is room for the next answer");
    }
};

void check(std::span<const std::uint8_t> input) {
    static const directory state;
    state.clear();
    server s(state.path);
    for (bytes left(input); !left.empty();) {
        const std::uint8_t type = left.number();
        if (type < 32) {
            const std::uint8_t who = left.number();
            dirtylog::test::asked a{type, left.take(left.number())};
            a.uuid = who & 1 ? "a" : "b";
            a.luid = who >> 1 & 3;
            a.seq = static_cast<std::uint32_t>(s.next_slot);
            s.give(dirtylog::test::in_datagram(a));
        } else if (type < 64) {
            s.give(left.take(std::size_t{left.number()} * 4));
        } else if (type < 96) {
            s.engine->clear_round();
        } else {
            s.work(type % 8);
        }
        s.check_state();
    }
    s.work(10000);
    require(s.waiting.empty(), "each request is answered when all is done");
}

}  // namespace
}  // namespace filemap::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    filemap::test::check({data, size});
    return 0;
}
