#!/bin/sh
# Installs what building Manyi on Debian 12 needs and is missing. npm fetches the charts: without it pages are built with tables alone.
set -eu
npm=npm
! command -v npm > /dev/null || npm= # of whatever origin
exec sh "$(dirname "$0")/install-packages.sh" build-essential cmake ninja-build pkg-config python3 $npm \
    libzmq3-dev libmsgpack-dev liblmdb-dev libjansson-dev libcyaml-dev libsodium-dev libzstd-dev \
    libmicrohttpd-dev libcurl4-gnutls-dev libcmocka-dev uthash-dev
