#!/bin/sh
# merge.sh OUT CC ARCHIVE...: one object with all that manyi_* of the first archive needs; only manyi_* stays global.
set -eu
out=$1
cc=$2
shift 2
roots=$(nm --defined-only --extern-only --format=posix "$1" | sed -n 's/^\(manyi_[a-z_]*\) T .*/-Wl,-u,\1/p')
[ -n "$roots" ] || {
    echo "merge.sh: $1 defines no manyi_ function" >&2
    exit 1
}
"$cc" -r -nostdlib -o "$out" $roots -Wl,--start-group "$@" -Wl,--end-group
objcopy --wildcard --keep-global-symbol='manyi_*' "$out"
