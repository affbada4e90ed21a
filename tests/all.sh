#!/bin/sh
# Runs the tests of all builds as one ctest: `make test` after it has built them.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build-all
for build in build build-asan build-tsan build-fuzz; do
    ctest --test-dir $build -N | grep -q '^ *Test *#' || {
        echo "all.sh: no tests in $build" >&2
        exit 1
    }
    printf 'subdirs("%s/%s")\n' "$PWD" $build
done > build-all/CTestTestfile.cmake
exec ctest --test-dir build-all --no-tests=error --output-on-failure --parallel "$(nproc)"
