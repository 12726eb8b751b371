#include "dmfilemapd/cli/help.hpp"

namespace dmfilemapd {

std::string help_text() {
    return R"(Usage: dmfilemapd FD GROUP_ID PATH MODE [FOREGROUND [LOG_LEVEL]]
       dmfilemapd [OPTION]... --group-id N --path PATH [--fd N]
       dmfilemapd [OPTION]... FILE...
       dmfilemapd --dry-run [--json] [OPTION]... FILE...
       dmfilemapd [-v]... --config FILE [--metrics-file PATH]
       dmfilemapd --check-config [FILE]
Keeps a device-mapper statistics group true to the extents of a file while the
file changes; for each FILE it makes the group. Returns when it is watching,
and goes on in the background.

A group that is there:
      --group-id N        keep group N true to the file
      --path PATH         the file, by its absolute path
      --fd N              the file, by an open descriptor; PATH is its name

A group that is made for each FILE:
      --alias NAME        name of the group (default: base name of FILE)
      --program-id ID     program id of the regions (default: dmstats)
      --precise           count times in nanoseconds
      --bounds LIST       bounds of a latency histogram, such as 10ms,50ms,1s
                          (without a unit: ns)

How files are followed:
      --follow MODE       inode: the file, whatever its name (default)
                          path: whatever file is at the path
      --regions RULE      cover: regions stay when a file grows (default)
                          exact: regions stay that equal a joined extent
      --max-regions N     most regions of a group, 0: what dmstats can read
                          (default: 1000 for a group that is made, else 0)
      --interval MS       least time between two updates while a file is being
                          written (default: 250)
      --tolerance MS      how long nothing may be at the path before it is given
                          up (default: 1000)
      --verify SECONDS    how often to look for changes that raise no event, 0
                          for never (default: 60)
                          (times may have a unit: 500ms, 2s)

Program:
      --foreground        stay in the foreground and log to stderr
  -v, --verbose           log more, each time: notices, information, debugging
      --dry-run           print what would be mapped and done, and do nothing
      --json              with --dry-run: print it as JSON
      --config FILE       follow what the configuration in FILE names, in the
                          foreground, until SIGTERM; SIGHUP reads it again
      --metrics-file PATH with --config: write figures of the files' I/O to PATH
                          (default: as the configuration has it)
      --check-config      read the configuration in FILE, by default
                          /etc/dmfilemapd/dmfilemapd.toml, and its drop-ins, and
                          print what is wrong with it
  -h, --help              print this help
  -V, --version           print the version

A FILE whose name is a whole number is written ./NAME.
Exit status: 0, or 1 if a file cannot be followed or something is wrong.
See dmfilemapd(8) and dmfilemapd.toml(5).
)";
}

std::string version_text() {
    return "dmfilemapd " DMFILEMAPD_VERSION "\n";
}

}  // namespace dmfilemapd
