# Completion of dmfilemapctl(1) for fish.

set -l commands status list show add remove resync reload events map hot top
set -l of_files show add remove resync map
complete -c dmfilemapctl -f
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a status -d 'how many files are followed'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a list -d 'all files'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a show -d 'one file in detail'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a add -d 'follow one more file'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a remove -d 'follow a file no longer'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a resync -d 'bring files into agreement at once'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a reload -d 'read the configuration again'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a events -d 'print what happens'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a map -d 'draw where a file lies'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a hot -d 'find where a device is read and written most'
complete -c dmfilemapctl -n "not __fish_seen_subcommand_from $commands" -a top -d 'the files that are read and written most, live'
complete -c dmfilemapctl -n '__fish_seen_subcommand_from hot' -F
complete -c dmfilemapctl -n "__fish_seen_subcommand_from $of_files" -F
complete -c dmfilemapctl -l socket -r -F -d 'socket of the daemon'
complete -c dmfilemapctl -l json -d 'print what the daemon sends'
complete -c dmfilemapctl -l heat -d 'how I/O is spread over the file'
complete -c dmfilemapctl -l interval -x -d 'so many seconds'
complete -c dmfilemapctl -l since-start -d 'of all the time'
complete -c dmfilemapctl -l sort -x -a 'bytes reads writes iops latency p99 busy path' -d 'order of the files'
complete -c dmfilemapctl -l filter -x -d 'only files whose path matches'
complete -c dmfilemapctl -l number -x -d 'at most so many files'
complete -c dmfilemapctl -l once -d 'one table'
complete -c dmfilemapctl -s h -l help -d 'print a summary'
complete -c dmfilemapctl -s V -l version -d 'print the version'
