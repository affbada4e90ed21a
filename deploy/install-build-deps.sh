#!/bin/sh
# Installs what building and testing Manyi on Debian 12 needs and is missing; says nothing when all is there.
set -eu
needed="build-essential cmake ninja-build pkg-config clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev
    libfuzzer-14-dev libzmq3-dev libmsgpack-dev liblmdb-dev libjansson-dev libcyaml-dev libsodium-dev libzstd-dev
    libmicrohttpd-dev libcurl4-gnutls-dev
    libcmocka-dev uthash-dev universal-ctags python3 python3-zmq python3-msgpack python3-jsonschema
    python3-scipy python3-statsmodels python3-aiosmtpd iproute2 openssl"

command -v dpkg-query > /dev/null || {
    echo "This is not a Debian system: install the equivalents of" $needed >&2
    exit 0
}
missing=
for package in $needed; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
# tests/calendars compares with a package for node. What can be built and every other test do without.
calendars=$(dirname "$0")/../tests/calendars
[ -d "$calendars/node_modules/chinese-days" ] || command -v npm > /dev/null || missing="$missing nodejs npm"

if [ -n "$missing" ]; then
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo > /dev/null || {
            echo "Missing:$missing. Run as root: apt-get install$missing" >&2
            exit 1
        }
        as_root=sudo
    fi
    echo "Installing$missing" >&2
    $as_root apt-get update -q
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
fi
[ -d "$calendars/node_modules/chinese-days" ] || npm ci --prefix "$calendars" --no-audit --no-fund >&2 ||
    echo "npm could not install chinese-days: the test of the calendars will fail" >&2
