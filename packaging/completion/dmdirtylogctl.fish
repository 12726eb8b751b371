# Completion of dmdirtylogctl(1) for fish.

set -l commands list status checkpoint forget changes
complete -c dmdirtylogctl -f
complete -c dmdirtylogctl -n "not __fish_seen_subcommand_from $commands" -a list -d 'all logs'
complete -c dmdirtylogctl -n "not __fish_seen_subcommand_from $commands" -a status -d 'the daemon, or one log in detail'
complete -c dmdirtylogctl -n "not __fish_seen_subcommand_from $commands" -a checkpoint -d 'remember this moment'
complete -c dmdirtylogctl -n "not __fish_seen_subcommand_from $commands" -a forget -d 'remember it no longer'
complete -c dmdirtylogctl -n "not __fish_seen_subcommand_from $commands" -a changes -d 'what may have changed since'
complete -c dmdirtylogctl -l socket -r -F -d 'socket of the daemon'
complete -c dmdirtylogctl -l json -d 'print what the daemon sends'
complete -c dmdirtylogctl -l since -x -d 'of this checkpoint'
complete -c dmdirtylogctl -l format -x -a 'table json ranges' -d 'how changes are printed'
complete -c dmdirtylogctl -s h -l help -d 'print a summary'
complete -c dmdirtylogctl -s V -l version -d 'print the version'
