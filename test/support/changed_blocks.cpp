#include "support/changed_blocks.hpp"

#include "support/process.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr std::uint64_t sector = 512, piece = std::uint64_t{1} << 20;

program_result ask(std::vector<std::string> words) {
    words.insert(words.begin(), FILEMAP_MIRROR_CLIENT);
    program_result answered = run_program(words);
    if (answered.status != 0) throw std::runtime_error(words[1] + ' ' + words[2] + ": " + answered.err);
    return answered;
}

class opened {
public:
    opened(const std::string& node, int flags)
        : node_(node), file_(::open(node.c_str(), flags | O_DIRECT | O_CLOEXEC)) {
        check(file_ >= 0);
    }
    opened(const opened&) = delete;
    opened& operator=(const opened&) = delete;
    ~opened() { ::close(file_); }
    [[nodiscard]] int get() const noexcept { return file_; }
    void check(bool holds) const {
        if (!holds) throw std::system_error(errno, std::generic_category(), node_);
    }

private:
    std::string node_;
    int file_;
};

struct freed {
    void operator()(char* memory) const { std::free(memory); }
};

}  // namespace

void begin_checkpoint(const std::string& uuid, const std::string& name) {
    (void)ask({"checkpoint", uuid, name});
}

void forget_checkpoint(const std::string& uuid, const std::string& name) {
    (void)ask({"forget", uuid, name});
}

block_changes changes_since(const std::string& uuid, const std::string& name) {
    const program_result answered = ask({"changes", uuid, "--since", name, "--format", "ranges"});
    block_changes found{answered.err.find("everything") != answered.err.npos, {}};
    std::istringstream lines(answered.out);
    for (std::uint64_t start = 0, length = 0; lines >> start >> length;) found.ranges.emplace_back(start, length);
    return found;
}

void copy_ranges(const std::string& from, const std::string& to, const sector_ranges& ranges) {
    const opened source(from, O_RDONLY), target(to, O_WRONLY);
    const std::unique_ptr<char, freed> bytes(static_cast<char*>(std::aligned_alloc(4096, piece)));
    for (const auto& [start, length] : ranges)
        for (std::uint64_t at = start * sector; at < (start + length) * sector; at += piece) {
            const auto many = static_cast<ssize_t>(std::min(piece, (start + length) * sector - at));
            source.check(::pread(source.get(), bytes.get(), many, static_cast<off_t>(at)) == many);
            target.check(::pwrite(target.get(), bytes.get(), many, static_cast<off_t>(at)) == many);
        }
}

}  // namespace filemap::test
