# Completion of dmfilemapctl(1) for fish.

set -l commands status list show add remove resync reload events map hot top
set -l of_files show add remove resync map
complete -c dmfilemapctl -f
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a status -d 'number of files in each state'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a list -d 'all files'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a show -d 'a file in detail'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a add -d 'follow another file'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a remove -d 'stop monitoring a file'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a resync -d 'refresh files at once'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a reload -d 'read the configuration again'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a events -d 'print events'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a map -d 'draw where a file lies'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a hot -d 'find the hot spots of a device'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a top -d 'the files with the most I/O, live'
complete -c dmfilemapctl -n '__fish_seen_subcommand_from hot' -F
complete -c dmfilemapctl -n "__fish_seen_subcommand_from $of_files" -F
complete -c dmfilemapctl -l socket -r -F -d 'control socket'
complete -c dmfilemapctl -l json -d 'print the answer of the daemon'
complete -c dmfilemapctl -l heat -d 'show reads and writes'
complete -c dmfilemapctl -l interval -x -d 'seconds to count, or between tables'
complete -c dmfilemapctl -l since-start -d 'totals since the start'
complete -c dmfilemapctl -l sort -x -a 'bytes reads writes iops latency p99 busy path' -d 'order of the files'
complete -c dmfilemapctl -l filter -x -d 'only files whose path matches'
complete -c dmfilemapctl -l number -x -d 'maximum number of files'
complete -c dmfilemapctl -l once -d 'print one table'
complete -c dmfilemapctl -s h -l help -d 'print a summary'
complete -c dmfilemapctl -s V -l version -d 'print the version'
