# Completion of dmdirtylogctl(1) for fish.

set -l commands list status checkpoint forget changes
complete -c dmdirtylogctl -f
complete -c dmdirtylogctl -n "not __fish_seen_subcommand_from $commands" -a list -d 'all logs'
complete -c dmdirtylogctl -n "not __fish_seen_subcommand_from $commands" -a status -d 'the daemon, or a log in detail'
complete -c dmdirtylogctl -n "not __fish_seen_subcommand_from $commands" -a checkpoint -d 'create a checkpoint'
complete -c dmdirtylogctl -n "not __fish_seen_subcommand_from $commands" -a forget -d 'delete a checkpoint'
complete -c dmdirtylogctl -n "not __fish_seen_subcommand_from $commands" -a changes -d 'ranges changed since a checkpoint'
complete -c dmdirtylogctl -l socket -r -F -d 'control socket'
complete -c dmdirtylogctl -l json -d 'print the answer of the daemon'
complete -c dmdirtylogctl -l since -x -d 'the checkpoint'
complete -c dmdirtylogctl -l format -x -a 'table json ranges' -d 'format of the changes'
complete -c dmdirtylogctl -s h -l help -d 'print a summary'
complete -c dmdirtylogctl -s V -l version -d 'print the version'
