#!/bin/sh
# Installs what `make bench` measures Manyi beside: Redis and NATS with their C libraries, as Debian ships them.
# Does nothing when they are there. Their services stay off: the benchmark starts servers of its own, on ports of its own.
set -eu
here=$(dirname "$0")
peers="redis-server nats-server libhiredis-dev libnats-dev valgrind"
missing=
for package in $peers; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo

# While packages are installed, Debian asks this file whether a service may start: 101 is no. One that is there already is its owner's.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ] && command -v dpkg-query > /dev/null; then
    trap '$as_root rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" > /dev/null
    $as_root chmod 755 "$policy"
fi
failed=
for package in $missing; do # one by one: a machine that lacks one is measured beside the others
    sh "$here/../../deploy/install-packages.sh" "$package" || failed="$failed $package"
done

# Nor do those that have just come start with the machine; one that was here before stays as its owner wants it.
for service in redis-server nats-server; do
    case $missing in
        *" $service"*) $as_root systemctl disable --now --quiet "$service" 2> /dev/null || true ;;
    esac
done
[ -z "$failed" ] || {
    echo "Not to be had here:$failed" >&2
    exit 1
}
