#include "bench/direct_io.hpp"

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <random>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace filemap::bench {
namespace {

using clock = std::chrono::steady_clock;

void check(bool holds, const std::string& what) {
    if (!holds) throw std::system_error(errno, std::generic_category(), what);
}

struct freed {
    void operator()(char* memory) const { std::free(memory); }
};

/// The kernel's asynchronous I/O: many requests at once from one thread, which is all that a machine of one processor
/// should have to switch between.
class queue {
public:
    explicit queue(const direct_io& what)
        : what_(what),
          file_(::open(what.node.c_str(), (what.reads ? O_RDONLY : O_WRONLY) | O_DIRECT | O_CLOEXEC)),
          bytes_(static_cast<char*>(std::aligned_alloc(4096, what.block))),
          requests_(what.depth) {
        check(file_ >= 0, what.node);
        check(::syscall(SYS_io_setup, what.depth, &context_) == 0, "io_setup");
    }
    queue(const queue&) = delete;
    queue& operator=(const queue&) = delete;
    ~queue() {
        ::syscall(SYS_io_destroy, context_);
        ::close(file_);
    }

    void submit(std::uint64_t which) {
        iocb& one = requests_[which];
        one = {};
        one.aio_data = which;
        one.aio_lio_opcode = what_.reads ? IOCB_CMD_PREAD : IOCB_CMD_PWRITE;
        one.aio_fildes = static_cast<std::uint32_t>(file_);
        one.aio_buf = reinterpret_cast<std::uint64_t>(bytes_.get());
        one.aio_nbytes = what_.block;
        one.aio_offset = static_cast<std::int64_t>(random_() % (what_.length / what_.block) * what_.block);
        iocb* list = &one;
        check(::syscall(SYS_io_submit, context_, 1, &list) == 1, "io_submit");
    }
    /// @return How many have ended; at least one. @param again They are submitted again.
    std::uint64_t reap(bool again) {
        std::vector<io_event> ended(what_.depth);
        const long many = ::syscall(SYS_io_getevents, context_, 1, what_.depth, ended.data(), nullptr);
        check(many > 0, "io_getevents");
        for (long i = 0; i < many; ++i) {
            const io_event& each = ended[static_cast<std::size_t>(i)];
            if (each.res != static_cast<std::int64_t>(what_.block))
                throw std::system_error(static_cast<int>(-each.res), std::generic_category(), what_.node);
            if (again) submit(each.data);
        }
        return static_cast<std::uint64_t>(many);
    }

private:
    const direct_io& what_;
    int file_;
    std::unique_ptr<char, freed> bytes_;
    std::vector<iocb> requests_;
    aio_context_t context_ = 0;
    std::mt19937_64 random_{1};
};

}  // namespace

double direct_io_rate(const direct_io& what) {
    queue all(what);
    std::uint64_t done = 0, running = what.depth;
    const auto began = clock::now();
    for (unsigned i = 0; i < what.depth; ++i) all.submit(i);
    while (clock::now() - began < what.how_long) done += all.reap(true);
    const std::chrono::duration<double> taken = clock::now() - began;
    while (running > 0) running -= all.reap(false);
    return static_cast<double>(done) / taken.count();
}

}  // namespace filemap::bench
