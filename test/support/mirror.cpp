#include "support/mirror.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace filemap::test {
namespace {

constexpr std::uint64_t sector = 512;

[[noreturn]] void throw_last(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// Opened past the page cache.
class direct_device {
public:
    direct_device(const std::string& node, int flags) : node_(node), file_(::open(node.c_str(), flags | O_DIRECT)) {
        if (file_ < 0) throw_last(node);
    }
    direct_device(const direct_device&) = delete;
    direct_device& operator=(const direct_device&) = delete;
    ~direct_device() { ::close(file_); }

    void read(std::uint64_t at, char* into, std::uint64_t many) const {
        if (::pread(file_, into, many, static_cast<off_t>(at)) != static_cast<ssize_t>(many)) throw_last(node_);
    }
    void write(std::uint64_t at, const char* from, std::uint64_t many) const {
        if (::pwrite(file_, from, many, static_cast<off_t>(at)) != static_cast<ssize_t>(many)) throw_last(node_);
    }

private:
    std::string node_;
    int file_;
};

struct freed {
    void operator()(char* memory) const { std::free(memory); }
};
using aligned = std::unique_ptr<char, freed>;

aligned make_aligned(std::uint64_t size) {
    return aligned(static_cast<char*>(std::aligned_alloc(4096, size)));
}

/// Nothing here may touch a machine's own disks.
void refuse_other_kernels() {
    std::ifstream processors("/proc/cpuinfo");
    for (std::string line; std::getline(processors, line);)
        if (line.starts_with("vendor_id") && line.ends_with("User Mode Linux")) return;
    throw std::runtime_error("this test runs inside User-Mode Linux only (test/uml/uml-run)");
}

std::string line_of(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

}  // namespace

void make_mirrors_possible(unsigned mebibytes) {
    static const bool made = [mebibytes] {
        refuse_other_kernels();
        run_or_throw({"modprobe", "-d", "/run/kmod", "brd", "rd_nr=6", "rd_size=" + std::to_string(mebibytes * 1024)});
        for (const char* module : {"dm-mirror", "dm-delay", "dm-zero", "dm-log-userspace"})
            run_or_throw({"modprobe", "-d", "/run/kmod", module});
        return true;
    }();
    (void)made;
}

mapped_device::mapped_device(std::string name, const std::string& table) : name_(std::move(name)) {
    run_or_throw({"dmsetup", "create", name_, "--table", table});
}

mapped_device::~mapped_device() {
    if (!name_.empty()) (void)run_program({"dmsetup", "remove", "--retry", name_});
}

void mapped_device::load(const std::string& table) const {
    run_or_throw({"dmsetup", "load", name_, "--table", table});
}
void mapped_device::suspend() const {
    run_or_throw({"dmsetup", "suspend", name_});
}
void mapped_device::resume() const {
    run_or_throw({"dmsetup", "resume", name_});
}
void mapped_device::replace(const std::string& table) const {
    load(table);
    suspend();
    resume();
}
void mapped_device::remove() {
    run_or_throw({"dmsetup", "remove", "--retry", name_});
    name_.clear();
}

std::uint64_t size_of_device(const std::string& node) {
    const int file = ::open(node.c_str(), O_RDONLY | O_CLOEXEC);
    std::uint64_t size = 0;
    if (file < 0 || ::ioctl(file, BLKGETSIZE64, &size) != 0) throw_last(node);
    ::close(file);
    return size / sector;
}

std::string number_of_device(const std::string& node) {
    struct stat status {};
    if (::stat(node.c_str(), &status) != 0) throw_last(node);
    return std::to_string(major(status.st_rdev)) + ':' + std::to_string(minor(status.st_rdev));
}

std::string whole(const std::string& device) {
    return "0 " + std::to_string(size_of_device(device)) + " linear " + device + " 0";
}

std::string broken(const std::string& device) {
    return "0 " + std::to_string(size_of_device(device)) + " error";
}

std::string slow_writes(const std::string& device, milliseconds each) {
    return "0 " + std::to_string(size_of_device(device)) + " delay " + device + " 0 0 " + device + " 0 " +
           std::to_string(each.count());
}

std::string mirror_shape::table() const {
    std::string arguments = (in_kernel ? "" : (integrated ? uuid + " integrated_flush " : uuid + " ")) + log + ' ' +
                            std::to_string(region) + (options.empty() ? "" : ' ' + options);
    std::string type = "userspace";
    if (in_kernel) {
        type = arguments.substr(0, arguments.find(' '));
        arguments.erase(0, type.size() + 1);
    }
    std::istringstream words(arguments);
    int many = 0;
    for (std::string word; words >> word;) ++many;
    std::string line = "0 " + std::to_string(length) + " mirror " + type + ' ' + std::to_string(many) + ' ' +
                       arguments + ' ' + std::to_string(legs.size());
    for (const std::string& leg : legs) line += ' ' + leg + " 0";
    if (handle_errors) line += " 1 handle_errors";
    return line;
}

// 0 LENGTH mirror LEGS MAJOR:MINOR... SYNC/REGIONS 1 HEALTH WORDS...
mirror_status read_status(const std::string& line) {
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i < 3; ++i) words >> word;
    int legs = 0;
    words >> legs;
    for (int i = 0; i < legs; ++i) words >> word;
    mirror_status read;
    char slash = 0;
    words >> read.in_sync >> slash >> read.regions >> word >> read.health >> std::ws;
    std::getline(words, read.log);
    if (!words || slash != '/') throw std::runtime_error("no status of a mirror: " + line);
    return read;
}

mirror_status status_of(const std::string& name) {
    return read_status(run_or_throw({"dmsetup", "status", name}));
}

bool comes_in_sync(const std::string& name, milliseconds bound) {
    return wait_until(
        [&] {
            const mirror_status now = status_of(name);
            return now.in_sync == now.regions;
        },
        bound);
}

std::vector<std::uint64_t> differing_regions(const std::string& one, const std::string& other,
                                             const mirror_shape& shape) {
    const direct_device left(one, O_RDONLY), right(other, O_RDONLY);
    const std::uint64_t size = shape.region * sector;
    const aligned a = make_aligned(size), b = make_aligned(size);
    std::vector<std::uint64_t> found;
    for (std::uint64_t region = 0; region < shape.regions(); ++region) {
        const std::uint64_t many = std::min(size, shape.length * sector - region * size);
        left.read(region * size, a.get(), many);
        right.read(region * size, b.get(), many);
        if (std::memcmp(a.get(), b.get(), many) != 0) found.push_back(region);
    }
    return found;
}

std::uint64_t sectors_written(const std::string& node) {
    std::istringstream words(line_of("/sys/dev/block/" + number_of_device(node) + "/stat"));
    std::uint64_t number = 0;
    // Reads, merged, sectors, time; writes, merged, sectors.
    for (int i = 0; i < 7; ++i) words >> number;
    return number;
}

void fill_device(const std::string& node, std::uint64_t sectors, unsigned seed) {
    constexpr std::uint64_t piece = std::uint64_t{1} << 20;
    const direct_device device(node, O_WRONLY);
    const aligned bytes = make_aligned(piece);
    std::mt19937_64 random(seed);
    for (std::uint64_t at = 0; at < sectors * sector; at += piece) {
        for (std::uint64_t i = 0; i < piece; i += sizeof(std::uint64_t)) {
            const std::uint64_t number = random();
            std::memcpy(bytes.get() + i, &number, sizeof number);
        }
        device.write(at, bytes.get(), std::min(piece, sectors * sector - at));
    }
}

}  // namespace filemap::test
