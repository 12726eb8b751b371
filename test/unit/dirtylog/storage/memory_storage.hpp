#pragma once

#include "storage/storage.hpp"

#include <cerrno>
#include <cstddef>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace dirtylog::test {

/// Disk in memory. A power cut keeps synced writes, and of later writes those that the test chooses.
class memory_disk {
public:
    struct written {
        std::size_t at = 0;
        std::vector<std::byte> what;
    };

    explicit memory_disk(std::size_t room = 1 << 20) : room_(room) {}

    [[nodiscard]] result<std::unique_ptr<storage>> open() { return std::unique_ptr<storage>(new handle(*this)); }

    void lose_all() {
        seen_ = synced_;
        unsynced_.clear();
    }
    /// Applies each write since the last sync in full, in part or not at all, in any order.
    void lose_some(std::mt19937& random) {
        seen_ = synced_;
        std::ranges::shuffle(unsynced_, random);
        for (written& each : unsynced_) {
            const auto kept = random() % 3;
            if (kept == 0) continue;
            if (kept == 1) each.what.resize(random() % (each.what.size() + 1));
            put(seen_, each);
        }
        unsynced_.clear();
        synced_ = seen_;
    }
    void flip(std::size_t at) {
        synced_.resize(std::max(synced_.size(), at + 1));
        synced_[at] ^= std::byte{0xff};
        seen_ = synced_;
    }
    /// Applies all writes.
    [[nodiscard]] std::vector<std::byte>& content() { return seen_; }

    std::size_t writes = 0;
    std::size_t syncs = 0;
    /// Called before each write and sync with its number. false: the call fails.
    std::function<bool()> before;
    /// Called after each write and before each sync. Throws to cut the power.
    std::function<void()> after;
    /// Called after each successful sync. false: the sync reports a failure.
    std::function<bool()> after_sync;
    /// A sync makes nothing durable. Control case: tests must detect it.
    bool forgets_sync = false;
    /// MAJOR:MINOR, to imitate a block device.
    std::string number;

private:
    class handle final : public storage {
    public:
        explicit handle(memory_disk& of) : of_(of) {}

        result<void> reserve(bytes size) override {
            if (size.count() > of_.room_) return errno_failure(ENOSPC, "memory disk");
            return {};
        }
        result<void> read(bytes at, std::span<std::byte> into) override {
            for (std::size_t i = 0; i < into.size(); ++i) {
                const std::size_t from = at.count() + i;
                into[i] = from < of_.seen_.size() ? of_.seen_[from] : std::byte{};
            }
            return {};
        }
        result<void> write(bytes at, std::span<const std::byte> from) override {
            ++of_.writes;
            if (of_.before && !of_.before()) return errno_failure(EIO, "writing memory disk");
            of_.unsynced_.push_back({at.count(), {from.begin(), from.end()}});
            put(of_.seen_, of_.unsynced_.back());
            if (of_.after) of_.after();
            return {};
        }
        std::string device() const override { return of_.number; }
        storage_place place() const override { return {1, reinterpret_cast<std::uintptr_t>(&of_)}; }
        result<void> sync() override {
            ++of_.syncs;
            if (of_.before && !of_.before()) {
                // After a failed sync the kernel treats the page cache as clean.
                of_.unsynced_.clear();
                return errno_failure(EIO, "fdatasync of memory disk");
            }
            if (of_.after) of_.after();
            if (of_.forgets_sync) return {};
            for (const written& each : of_.unsynced_) put(of_.synced_, each);
            of_.unsynced_.clear();
            if (of_.after_sync && !of_.after_sync()) return errno_failure(EIO, "fdatasync of memory disk");
            return {};
        }

    private:
        memory_disk& of_;
    };

    static void put(std::vector<std::byte>& into, const written& what) {
        into.resize(std::max(into.size(), what.at + what.what.size()));
        std::ranges::copy(what.what, into.begin() + static_cast<std::ptrdiff_t>(what.at));
    }

    std::size_t room_;
    std::vector<std::byte> seen_, synced_;
    std::vector<written> unsynced_;
};

}  // namespace dirtylog::test
