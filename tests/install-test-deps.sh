#!/bin/sh
# Installs what tests, screenshots and style checks need and the build does not (deploy/install-build-deps.sh has the rest).
set -eu
here=$(dirname "$0")
npm="nodejs npm"
! command -v npm > /dev/null || npm= # of whatever origin
# chromium and a font with Chinese: the pages. prometheus: promtool, which reads our metrics, as python3-prometheus-client does.
# valgrind: instructions per event.
sh "$here/../deploy/install-packages.sh" clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev libfuzzer-14-dev \
    universal-ctags python3-zmq python3-msgpack python3-jsonschema python3-scipy python3-statsmodels python3-aiosmtpd \
    python3-prometheus-client iproute2 openssl chromium fonts-noto-cjk prometheus valgrind $npm
# Each folder's packages are there in the versions of its lock, or fetched. Tests that miss theirs fail, and say so.
for folder in calendars web; do
    kept=$here/$folder/node_modules/.package-lock.json
    [ -f "$kept" ] && [ ! "$here/$folder/package-lock.json" -nt "$kept" ] && continue
    npm ci --prefix "$here/$folder" --no-audit --no-fund >&2 || echo "npm could not install what tests/$folder needs" >&2
done
