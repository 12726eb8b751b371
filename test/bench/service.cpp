// Ten thousand configured files in one process.
#include "bench/ask.hpp"
#include "bench/bare_calls.hpp"
#include "bench/bench.hpp"
#include "bench/measured_daemon.hpp"
#include "bench/table.hpp"
#include "support/scratch.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace filemap::bench {
namespace {

constexpr std::size_t count = 10'000, written_at_once = 1000;
constexpr off_t block = 4096;
constexpr double quiet_for = 30;
// The daemon refuses a configuration in a directory that other users may write to.
const std::string directory_of_settings = "/run/bench", configuration = directory_of_settings + "/bench.toml",
                  control = directory_of_settings + "/control.sock", notices = directory_of_settings + "/notify";

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

// Receives the daemon's notifications to the service manager.
class notify_socket {
public:
    notify_socket() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        const sockaddr_un address = address_of(notices);
        ::unlink(notices.c_str());
        if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
        ::setenv("NOTIFY_SOCKET", notices.c_str(), 1);
    }
    notify_socket(const notify_socket&) = delete;
    notify_socket& operator=(const notify_socket&) = delete;
    ~notify_socket() { ::close(socket_); }

    void wait_until_ready(const measured_daemon& service) const {
        const timeval time_limit{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time_limit, sizeof time_limit);
        char text[4096];
        for (const double limit = now() + 600; now() < limit && !service.has_ended();) {
            const ssize_t length = ::recv(socket_, text, sizeof text, 0);
            if (length < 0) continue;
            if (("\n" + std::string(text, static_cast<std::size_t>(length))).find("\nREADY=1") != std::string::npos)
                return;
        }
        fail("the service does not become ready");
    }

private:
    int socket_;
};

std::string file_name(const std::string& directory, std::size_t i) {
    return directory + "/disk-" + std::to_string(i) + ".img";
}

void allocate(const std::string& path, off_t offset) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ::fallocate(file, 0, offset, block) != 0) fail("fallocate " + path);
    ::close(file);
}

void configure(const std::string& directory) {
    std::ofstream to(configuration);
    to << "log-level = \"warning\"\n[control]\nsocket = \"" << control
       << "\"\n[metrics]\naddress = \"127.0.0.1:9797\"\n[defaults]\nverify = \"0\"\n";
    for (std::size_t i = 0; i < count; ++i) to << "[[file]]\npath = \"" << file_name(directory, i) << "\"\n";
}

// Seconds until the service has listed all files.
double list_time() {
    const asked list = ask(control, "/v1/files");
    if (list.bytes < count * 20) fail("the list is short");
    return list.seconds;
}

std::string in_seconds(double time) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f s", time);
    return text;
}

void measure_quiet(const measured_daemon& running) {
    running.wait_until_quiet(6);
    print_row({"10000 files, memory",
               std::to_string(running.resident()) + " KiB resident, " + std::to_string(running.written()) + " written",
               {},
               {}});
    const std::uint64_t before = running.wake_ups();
    pause_for(quiet_for);
    print_row({"10000 files, quiet for 30 s, verify 0, control socket and metrics address that nobody asks",
               std::to_string(running.wake_ups() - before) + " wake-ups",
               {},
               {}});
}

void measure_reload(const measured_daemon& running, const notify_socket& manager) {
    const double begin = now();
    ::kill(running.pid(), SIGHUP);
    manager.wait_until_ready(running);
    print_row({"10000 files, reload without changes", in_seconds(now() - begin), {}, {}});
}

// Bare calls for a burst of changed files: one list, then a map, a region and its descriptor for each file. The
// answers are not parsed.
double floor_of_a_burst(const std::string& directory, observed_device& observed) {
    const std::size_t list_size = sent(observed, "@stats_list dmstats", 0).size();
    double begin = now();
    sent(observed, "@stats_list dmstats", list_size);
    double took = now() - begin;
    std::vector<std::string> made;
    for (std::size_t i = 0; i < written_at_once; ++i) {
        const int file = ::open(file_name(directory, i).c_str(), O_RDONLY | O_CLOEXEC);
        begin = now();
        map_once(file, 2);
        const std::string answer = sent(observed, "@stats_create 0+8 8 0 floor -", 16);
        made.push_back(answer.substr(0, answer.find('\n')));
        sent(observed, "@stats_set_aux " + made.back() + " DMS_GROUP=floor:0-1#-", 0);
        took += now() - begin;
        ::close(file);
    }
    for (const std::string& id : made) sent(observed, "@stats_delete " + id, 0);
    return took;
}

void extend(const std::string& directory, std::size_t first) {
    for (std::size_t i = first; i < first + written_at_once; ++i) allocate(file_name(directory, i), block);
}

// Seconds until all are followed of files that are extended at once. There is but one processor, and to list the groups
// takes much of it: the daemon is looked at, until it rests.
double burst_time(const std::string& directory, std::size_t first, observed_device& observed,
                  const measured_daemon& running) {
    const std::uint64_t wanted = observed.grouped_sectors() + written_at_once * block / 512;
    extend(directory, first);
    const double begin = now();
    double worked_last = begin;
    for (double before = running.cpu(); now() - begin < 300;) {
        pause_for(0.02);
        if (const double cpu = running.cpu(); std::exchange(before, cpu) != cpu) {
            worked_last = now();
        } else if (now() - worked_last > 0.1 && observed.grouped_sectors() >= wanted) {
            return worked_last - begin;
        }
    }
    fail("not in sync after five minutes");
}

// Seconds for each listing of all files during a burst of changes.
std::vector<double> lists_in_a_burst(const std::string& directory, std::size_t first, observed_device& observed) {
    const std::uint64_t wanted = observed.grouped_sectors() + written_at_once * block / 512;
    extend(directory, first);
    std::vector<double> lists;
    for (const double begin = now(); observed.grouped_sectors() < wanted;) {
        pause_for(0.1);
        lists.push_back(list_time());
        if (now() - begin > 300) fail("not in sync after five minutes");
    }
    if (lists.empty()) fail("followed before anybody could ask");
    return lists;
}

void measure_bursts(const std::string& directory, observed_device& observed, const measured_daemon& running) {
    print_row({"list of 10000 files, nothing else to do", milliseconds_text(list_time()), {}, {}});
    const double floor = floor_of_a_burst(directory, observed);
    running.wait_until_quiet(1);
    const double took = burst_time(directory, 0, observed, running);
    print_row({"1000 of 10000 files extended at once: until all are followed", in_seconds(took), in_seconds(floor),
               ratio_text(took, floor)});
    const std::vector<double> lists = lists_in_a_burst(directory, written_at_once, observed);
    print_row(
        {"the same, and ten times a second the list of 10000 files is asked for, which takes",
         "median " + milliseconds_text(quantile(lists, 0.5)) + ", greatest " + milliseconds_text(quantile(lists, 1)),
         {},
         {}});
}

}  // namespace

void measure_service(const std::string& daemon) {
    // Each file needs two watches. The kernel's default limit depends on its memory.
    const test::kernel_setting watches("fs/inotify/max_user_watches", std::to_string(3 * count));
    std::vector<std::string> options = eager_ext4;
    options.insert(options.end(), {"-N", "12000"});
    const test::scratch_device device("service", "ext4", 400, options);
    for (std::size_t i = 0; i < count; ++i) allocate(file_name(device.path(), i), 0);
    ::sync();
    ::mkdir(directory_of_settings.c_str(), 0755);
    configure(device.path());
    observed_device observed(file_name(device.path(), 0));
    {
        const double begin = now();
        const measured_daemon first(daemon, {"--config", configuration});
        spin_until([&] {
            pause_for(0.5);
            return observed.grouped_sectors() == count * 8;
        });
        print_row({"10000 files, first start, until all have groups", in_seconds(now() - begin), {}, {}});
    }
    const notify_socket manager;
    const double begin = now();
    const measured_daemon running(daemon, {"--config", configuration});
    manager.wait_until_ready(running);
    print_row({"10000 files, start when all is in sync", in_seconds(now() - begin), {}, {}});
    measure_quiet(running);
    measure_reload(running, manager);
    measure_bursts(device.path(), observed, running);
}

}  // namespace filemap::bench
