#!/bin/sh
# Installs those of some Debian packages that are missing, says nothing when all are there: install-packages.sh PACKAGE...
set -eu
command -v dpkg-query > /dev/null || {
    echo "This is not a Debian system: install the equivalents of $*" >&2
    exit 0
}
missing=
for package in "$@"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
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
