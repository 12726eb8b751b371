#include "dmfilemapd/cli/help.hpp"

namespace dmfilemapd {

std::string help_text() {
    return R"(Usage: dmfilemapd FD GROUP_ID PATH MODE [FOREGROUND [LOG_LEVEL]]
       dmfilemapd [OPTION]... --group-id N --path PATH [--fd N]
       dmfilemapd [OPTION]... FILE...
       dmfilemapd --dry-run [--json] [OPTION]... FILE...
       dmfilemapd [-v]... --config FILE [--metrics-file PATH]
       dmfilemapd --check-config [FILE]
Keeps device-mapper statistics regions in sync with the extents of files while
the files change. Creates a group of regions for each FILE. Returns when all
files are watched, and continues in the background.

Use an existing group:
      --group-id N        keep group N in sync with the file
      --path PATH         absolute path of the file
      --fd N              open descriptor of the file; PATH is its name

Create a group for each FILE:
      --alias NAME        name of the group (default: base name of FILE)
      --program-id ID     program id of the regions (default: dmstats)
      --precise           measure times in nanoseconds
      --bounds LIST       bounds of a latency histogram, such as 10ms,50ms,1s
                          (unit without a suffix: ns)

Monitoring:
      --follow MODE       inode: the file, under any name (default)
                          path: the file that is at the path
      --regions RULE      cover: keep regions when a file grows (default)
                          exact: keep only regions that equal an extent
      --max-regions N     maximum number of regions; 0: limit of dmstats
                          (default: 1000 for a created group, else 0)
      --interval MS       minimum time between refreshes of a file that is being
                          written (default: 250)
      --tolerance MS      with --follow path: stop after the file has been
                          missing for this long (default: 1000)
      --verify SECONDS    period of checks for changes without an event;
                          0: never (default: 60)
                          (times accept a unit: 500ms, 2s)

Program:
      --foreground        stay in the foreground and log to stderr
  -v, --verbose           log more; repeat for notices, information, debugging
      --dry-run           print the planned regions and steps, change nothing
      --json              with --dry-run: print JSON
      --config FILE       monitor the files that FILE configures, in the
                          foreground, until SIGTERM; SIGHUP reloads FILE
      --metrics-file PATH with --config: write metrics to PATH
                          (default: as configured)
      --check-config      check the configuration in FILE (default:
                          /etc/dmfilemapd/dmfilemapd.toml) and its drop-ins, and
                          print errors
  -h, --help              print this help
  -V, --version           print the version

Write a FILE whose name is a whole number as ./NAME.
Exit status: 0, or 1 after an error or if a file cannot be monitored.
See dmfilemapd(8) and dmfilemapd.toml(5).
)";
}

std::string version_text() {
    return "dmfilemapd " DMFILEMAPD_VERSION "\n";
}

}  // namespace dmfilemapd
