#!/bin/sh
# Runs the tests of data structures against naive models and adds up what agreed: models.sh [--json]
# They are those that tell it (tests/support/operations.h). MANYI_TESTS: where the tests are built. The last line is the sum,
# with --json {"part":"models","operations":n,"models":m}.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${MANYI_TESTS:-$here/../../build/tests}
models=0
operations=0
for source in $(grep -l 'operations_tell(' "$here"/test_*.c); do
    name=$(basename "$source" .c)
    told=$("$folder/$name" 2>&1) || {
        echo "$told"
        echo "models.sh: $name failed" >&2
        exit 1
    }
    told=$(echo "$told" | grep -o '\[  MODEL   \] .*') || {
        echo "models.sh: $name tells of no operations" >&2
        exit 1
    }
    echo "$told"
    models=$((models + $(echo "$told" | wc -l)))
    for count in $(echo "$told" | sed -n 's/.*: \([0-9]*\) operations agree$/\1/p'); do
        operations=$((operations + count))
    done
done
if [ "${1:-}" = --json ]; then
    echo "{\"part\":\"models\",\"operations\":$operations,\"models\":$models}"
else
    echo "$models models, $operations operations"
fi
