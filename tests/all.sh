#!/bin/sh
# Runs the tests of all builds as one ctest: `make test` after it has built them.
# dev and asan whole, of tsan what is labelled so, of fuzz every target.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build-all
for build in build build-asan build-fuzz; do
    printf 'subdirs("%s/%s")\n' "$PWD" "$build"
done > build-all/CTestTestfile.cmake
ctest --test-dir build-tsan -L tsan -N | sed -n 's/^ *Test *#[0-9]*: //p' > build-all/tsan-names
[ -s build-all/tsan-names ] && printf 'subdirs("%s/build-tsan")\n' "$PWD" >> build-all/CTestTestfile.cmake
# Of the tsan build only what is labelled: the rest has one thread and would only repeat itself.
skipped=$(ctest --test-dir build-tsan -LE tsan -N | sed -n 's/^ *Test *#[0-9]*: //p' | paste -sd'|')
[ -n "$skipped" ] && skipped="^($(printf '%s' "$skipped" | sed 's/\./\\./g'))\$" || skipped='^$'
exec ctest --test-dir build-all --no-tests=error --output-on-failure --exclude-regex "$skipped" \
    --parallel "$(nproc)"
