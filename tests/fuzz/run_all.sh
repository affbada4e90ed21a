#!/bin/bash
# Runs every fuzz target of a build, so long each: run_all.sh SECONDS_EACH [--json] [BUILD]
# As many at a time as there are processors. What they say lies beside them as NAME.log. The last line is the sum, with --json
# {"part":"fuzz","targets":t,"executions":n,"crashes":c,"seconds":s}. Fails when one of them was broken.
set -eu
seconds=$1
shift
json=
if [ "${1:-}" = --json ]; then
    json=yes
    shift
fi
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/../../build-fuzz}/tests/fuzz
begun=$SECONDS
targets=$(find "$folder" -maxdepth 1 -type f -name 'fuzz_*' -perm -u+x | sort)
[ -n "$targets" ] || {
    echo "run_all.sh: no targets in $folder" >&2
    exit 1
}

run() {
    local name ran verdict=
    name=$(basename "$1")
    bash "$here/run.sh" "$1" "$seconds" > "$1.log" 2>&1 && echo 0 > "$1.ended" || {
        echo 1 > "$1.ended"
        verdict=", BROKEN: see $1.log"
    }
    ran=$(executions "$1")
    echo "$name: $ran executions$verdict"
}

executions() {
    local ran
    ran=$(sed -n 's/^stat::number_of_executed_units: *//p' "$1.log" | tail -1)
    echo "${ran:-0}"
}

for target in $targets; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
        wait -n || true
    done
    run "$target" &
done
wait
count=0 sum=0 crashes=0
for target in $targets; do
    count=$((count + 1))
    sum=$((sum + $(executions "$target")))
    crashes=$((crashes + $(cat "$target.ended")))
done
took=$((SECONDS - begun))
if [ -n "$json" ]; then
    echo "{\"part\":\"fuzz\",\"targets\":$count,\"executions\":$sum,\"crashes\":$crashes,\"seconds\":$took}"
else
    echo "$count targets, $sum executions, $crashes broken in $took s"
fi
[ $crashes -eq 0 ]
