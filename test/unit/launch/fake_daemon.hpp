#pragma once

#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace filemap::test {

/// Environment that an executed `dmfilemapd` found.
struct recorded_start {
    std::vector<std::string> arguments;
    /// File behind the descriptor in the first argument.
    std::string descriptor;
    std::uint64_t blocked = 0;
    std::uint64_t ignored = 0;
};

/// Temporary directory that replaces PATH, with a file to start a daemon on.
class only_path {
public:
    only_path() : directory_(make_directory()), before_(std::getenv("PATH")) {
        std::ofstream(file()) << "content";
        ::setenv("PATH", directory_.c_str(), 1);
    }
    only_path(const only_path&) = delete;
    only_path& operator=(const only_path&) = delete;
    ~only_path() {
        ::setenv("PATH", before_.c_str(), 1);
        std::filesystem::remove_all(directory_);
    }

    [[nodiscard]] std::string directory() const { return directory_; }
    [[nodiscard]] std::string file() const { return directory_ + "/a file"; }
    [[nodiscard]] std::string program() const { return directory_ + "/dmfilemapd"; }
    [[nodiscard]] const std::string& path_before() const { return before_; }

    /// Creates a `dmfilemapd` in the directory.
    void put_program(const std::string& text, std::filesystem::perms permissions) const {
        std::ofstream(program()) << text;
        std::filesystem::permissions(program(), permissions);
    }

private:
    static std::string make_directory() {
        std::string pattern = std::filesystem::temp_directory_path() / "filemap_launch_XXXXXX";
        BOOST_TEST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        return pattern;
    }

    std::string directory_;
    std::string before_;
};

/// A `dmfilemapd` on PATH that records its environment and exits with status 7.
class fake_daemon : public only_path {
public:
    fake_daemon() {
        // The shell reads the signal mask itself: while it waits for a program it blocks signals of its own.
        put_program("#!/bin/sh\nPATH=" + path_before() + "\nto=" + directory() +
                        "/$$.part\n"
                        "while read -r key value; do case $key in SigBlk:|SigIgn:) echo \"$key $value\";; esac; done"
                        " </proc/self/status >$to\n"
                        "echo \"fd $(readlink /proc/self/fd/$1)\" >>$to\n"
                        "for word; do printf 'argument %s\\n' \"$word\"; done >>$to\n"
                        "mv $to ${to%.part}.record\nexit 7\n",
                    std::filesystem::perms::owner_all);
    }

    /// Waits for a number of records and removes them.
    [[nodiscard]] std::vector<recorded_start> take(std::size_t wanted) const {
        std::vector<std::filesystem::path> found;
        (void)wait_until([&] { return (found = records()).size() >= wanted; }, seconds{20});
        std::vector<recorded_start> all;
        for (const auto& path : found) {
            all.push_back(read(path));
            std::filesystem::remove(path);
        }
        BOOST_TEST_REQUIRE(all.size() == wanted);
        return all;
    }

    [[nodiscard]] std::vector<std::filesystem::path> records() const {
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::directory_iterator(directory())) {
            if (entry.path().extension() == ".record") found.push_back(entry.path());
        }
        return found;
    }

private:
    static recorded_start read(const std::filesystem::path& path) {
        recorded_start start;
        std::ifstream file(path);
        for (std::string line; std::getline(file, line);) {
            const std::string key = line.substr(0, line.find(' ')), value = line.substr(key.size() + 1);
            if (key == "SigBlk:") start.blocked = std::stoull(value, nullptr, 16);
            if (key == "SigIgn:") start.ignored = std::stoull(value, nullptr, 16);
            if (key == "fd") start.descriptor = value;
            if (key == "argument") start.arguments.push_back(value);
        }
        return start;
    }
};

}  // namespace filemap::test
