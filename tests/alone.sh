#!/bin/bash
# Runs a script as a process group of its own and ends what it leaves behind, such as a server after a failed check:
# alone.sh COMMAND...
set -m
"$@" &
group=$!
wait "$group"
status=$?
kill -KILL -- "-$group" 2> /dev/null && echo "alone.sh: ended what $* had left running" >&2
exit "$status"
