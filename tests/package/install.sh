#!/bin/bash
# Installs a build below a temporary prefix and links a program against it, as others would: install.sh BUILD
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d /tmp/manyi-package-XXXXXX)
trap 'rm -rf "$work"' EXIT

fail()
{
    echo "install.sh: $*" >&2
    exit 1
}

cmake --install "$build" --prefix "$work/made" > "$work/log"
mv "$work/made" "$work/moved" # an installed tree works wherever it is put
prefix=$work/moved
[ -x "$prefix/bin/manyi" ] || fail "no manyi in bin"

pc=$(find "$prefix" -name manyi.pc)
export PKG_CONFIG_PATH=${pc%/*}
libdir=$(pkg-config --variable=libdir manyi)
# shellcheck disable=SC2046
cc "$here/consumer.c" -o "$work/by-pkg-config" $(pkg-config --cflags --libs manyi)
LD_LIBRARY_PATH=$libdir "$work/by-pkg-config"
cmake -S "$here" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$prefix" >> "$work/log"
cmake --build "$work/consumer" >> "$work/log"
"$work/consumer/consumer_static"
"$work/consumer/consumer_shared"

for library in "$libdir/libmanyi.so" "$libdir/libmanyi.a"; do
    flag=$([ "${library##*.}" = so ] && echo -D || true)
    others=$(nm $flag --defined-only --extern-only --format=posix "$library" 2> /dev/null |
        awk 'NF > 1 && $2 != "A" && $1 !~ /^manyi_/ { print $1 }')
    [ -z "$others" ] || fail "$library exports" $others
done
