#!/bin/sh
# Runs one fuzz target for a while: run.sh TARGET SECONDS [SEED]
# With a seed it walks the same way each time, as a gate has to; without one it goes where nobody has been.
# Starts from tests/fuzz/corpus/NAME (kept in git), grows a corpus of its own beside the target, and leaves what
# broke it there as NAME-crash-...; run the target with that file to see it again.
set -eu
target=$1
seconds=$2
name=$(basename "$target")
here=$(cd "$(dirname "$0")" && pwd)
grown=$(dirname "$target")/corpus/$name
mkdir -p "$grown"
seeds=
[ -d "$here/corpus/$name" ] && seeds=$here/corpus/$name
dictionary=
seed=${3:+-seed=$3}
[ -f "$here/$name.dict" ] && dictionary=-dict=$here/$name.dict
# -max_len: an event is at most 64 KiB; -rss_limit_mb: hostile bytes must not make us grow
ASAN_OPTIONS="quarantine_size_mb=16:${ASAN_OPTIONS:-}" exec "$target" -max_total_time="$seconds" -max_len=65536 \
    -rss_limit_mb=512 -timeout=25 -print_final_stats=1 -artifact_prefix="$(dirname "$target")/$name-" $dictionary $seed \
    "$grown" $seeds
