// Runs as root inside User-Mode Linux; see packaging/bench.
#include "bench/bench.hpp"
#include "bench/table.hpp"

#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <string>

#include <malloc.h>
#include <sys/utsname.h>

int main(int argc, char** argv) {
    using namespace filemap::bench;
    const std::map<std::string, std::function<void(const std::string&)>> all{
        {"reaction", measure_reaction},      {"idle", measure_idle},       {"change", measure_change_cost},
        {"memory", measure_memory},          {"writer", measure_writer},   {"counts", measure_counts},
        {"growth", measure_inferred_growth}, {"service", measure_service}, {"scrape", measure_scrape}};
    if (argc < 2) {
        std::fprintf(stderr,
                     "usage: dmfilemapd-bench DMFILEMAPD "
                     "[reaction|idle|change|memory|writer|counts|growth|service|scrape]...\n");
        return 1;
    }
    try {
        // Same settings as in the daemon: freed memory is reused and returned to the system only by an explicit trim.
        ::mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
        ::mallopt(M_TRIM_THRESHOLD, 32 * 1024 * 1024);
        utsname kernel{};
        ::uname(&kernel);
        std::printf("kernel %s %s\n", kernel.release, kernel.machine);
        print_head();
        if (argc == 2) {
            for (const auto& [name, measure] : all) measure(argv[1]);
        }
        for (int i = 2; i < argc; ++i) all.at(argv[i])(argv[1]);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "dmfilemapd-bench: %s\n", e.what());
        return 1;
    }
    return 0;
}
