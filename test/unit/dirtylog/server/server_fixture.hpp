#pragma once

#include "protocol/protocol.hpp"
#include "support/scratch_directory.hpp"
#include "unit/dirtylog/protocol/kernel_requests.hpp"
#include "unit/dirtylog/storage/memory_storage.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace dirtylog::test {

inline boot_id boot_named(std::string_view name) {
    return *boot_id::make(name);
}

/// Machine with disks in memory, and the server's protocol on it. Jobs run when the test runs them.
class world {
public:
    explicit world(std::string_view boot = "boot-1") : boot_(boot) { start(); }

    /// Kills and restarts the server in the same boot.
    void restart() {
        server_.reset();
        start();
        server_->restore(registry(run_directory()).load(boot_named(boot_)).logs);
        work();
    }
    /// Reboots the machine. Unsynced writes are lost.
    void reboot(std::string_view boot) {
        server_.reset();
        for (auto& [path, disk] : disks) disk.lose_all();
        std::filesystem::remove_all(directory_.path / "run");
        boot_ = boot;
        start();
    }

    /// Handles one request. Answers of its jobs go to @ref late.
    std::optional<answer> ask(std::uint32_t type, datagram data = {}, std::uint64_t luid = 1,
                              std::string_view uuid = "mirror") {
        const datagram sent = in_datagram({type, std::move(data), uuid, luid, ++seq});
        const auto read = parse_request(sent);
        BOOST_TEST_REQUIRE(read.has_value());
        reply out;
        switch (server_->step(*read, out, seq)) {
            case protocol::verdict::reply: return as_taken(out);
            case protocol::verdict::wait: ++waiting; break;
            case protocol::verdict::replace:
                BOOST_TEST(server_->replaced() < seq);
                ++replaced;
                break;
        }
        return std::nullopt;
    }
    /// Runs all jobs in order.
    void work() {
        while (job* const next = server_->next_job()) run(*next);
    }
    void run(job& next) {
        next.log->run(next);
        complete(next);
    }
    void complete(job& done) {
        server_->complete(done, [this](const reply& out, std::size_t slot) {
            BOOST_TEST(out.seq.value() == slot);
            --waiting;
            late.push_back(as_taken(out));
        });
    }
    /// Handles a request and its jobs. Returns the answer.
    answer settle(std::uint32_t type, datagram data = {}, std::uint64_t luid = 1, std::string_view uuid = "mirror") {
        const auto now = ask(type, std::move(data), luid, uuid);
        if (now) return *now;
        const std::uint32_t mine = seq;
        work();
        for (const answer& each : late)
            if (each.seq == mine) return each;
        BOOST_FAIL("no answer to a request of type " << type);
        return {};
    }
    int error(std::uint32_t type, datagram data = {}, std::uint64_t luid = 1, std::string_view uuid = "mirror") {
        return settle(type, std::move(data), luid, uuid).error;
    }
    std::uint64_t number(std::uint32_t type, datagram data = {}, std::uint64_t luid = 1) {
        return settle(type, std::move(data), luid).number();
    }

    void create(std::string_view constructor, std::uint64_t luid = 1, std::string_view uuid = "mirror") {
        BOOST_TEST(error(DM_ULOG_CTR, text(constructor), luid, uuid) == 0);
        BOOST_TEST(error(DM_ULOG_GET_REGION_SIZE, {}, luid, uuid) == 0);
        BOOST_TEST(error(DM_ULOG_RESUME, {}, luid, uuid) == 0);
    }
    /// Constructs and resumes the log, as the kernel does after -ESRCH.
    void reconnect(std::string_view constructor, std::uint64_t luid = 1, std::string_view uuid = "mirror") {
        answer built;
        do {
            built = settle(DM_ULOG_CTR, text(std::string(constructor) + '\0'), luid, uuid);
            work();
        } while (built.error == -EAGAIN);
        BOOST_TEST(built.error == 0);
        BOOST_TEST(built.data.empty());
        BOOST_TEST(error(DM_ULOG_RESUME, {}, luid, uuid) == 0);
    }
    /// Marks all regions as in sync.
    void resync(std::uint64_t luid = 1) {
        while (true) {
            const answer next = settle(DM_ULOG_GET_RESYNC_WORK, {}, luid);
            if (next.number(0) == 0) return;
            BOOST_TEST(error(DM_ULOG_SET_REGION_SYNC, numbers({next.number(1), 1}), luid) == 0);
            BOOST_TEST(error(DM_ULOG_CLEAR_REGION, numbers({next.number(1)}), luid) == 0);
            BOOST_TEST(error(DM_ULOG_FLUSH, {}, luid) == 0);
        }
    }
    /// Runs clear rounds until idle regions are clean on disk.
    void clear() {
        for (int round = 0; round < 3; ++round) {
            server_->clear_round();
            work();
        }
    }

    [[nodiscard]] protocol& server() { return *server_; }
    [[nodiscard]] bool has_logged(std::string_view part) const {
        for (const std::string& line : log)
            if (line.find(part) != std::string::npos) return true;
        return false;
    }
    [[nodiscard]] std::string run_directory() const { return (directory_.path / "run").string(); }

    std::map<std::string, memory_disk> disks;
    std::map<std::string, memory_disk> legs;
    /// Logs without a table.
    std::set<std::string> unnamed;
    std::vector<std::string> log;
    std::vector<answer> late;
    int waiting = 0;
    int replaced = 0;
    std::uint32_t seq = 0;

private:
    static answer as_taken(const reply& out) {
        datagram sent(max_answer_length);
        sent.resize(write_reply(out, sent));
        const auto taken = taken_by_kernel(sent);
        BOOST_TEST_REQUIRE(taken.has_value());
        return *taken;
    }
    void start() {
        std::filesystem::create_directory(directory_.path / "run");
        environment env{run_directory(), boot_named(boot_), {}, {}};
        env.open_log = [this](const std::string& path) { return open(disks, path); };
        env.is_named = [this](const log_uuid& uuid) { return !unnamed.contains(uuid.str()); };
        env.open_leg = [this](const std::string& path) { return open(legs, path); };
        server_.emplace(env,
                        logger(log_level::debug, [this](log_level, std::string_view line) { log.emplace_back(line); }));
    }
    static result<std::unique_ptr<storage>> open(std::map<std::string, memory_disk>& among, const std::string& path) {
        // Another path of the same file.
        const auto found = among.find(path.starts_with("/./") ? path.substr(2) : path);
        if (found == among.end()) return errno_failure(ENOENT, "opening " + path);
        return found->second.open();
    }

    filemap::test::scratch_directory directory_;
    std::string boot_;
    std::optional<protocol> server_;
};

}  // namespace dirtylog::test
