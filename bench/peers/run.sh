#!/bin/sh
# Measures the edge beside nginx, HAProxy, YARP and a null proxy. Installs from Debian what is missing, then hands over to peers.py.
# Usage: bench/peers/run.sh [--rounds N] [--seconds N] [--only NAME,...] [--scenario NAME,...] [--edge FILE]; --help says more.
set -eu

here=$(cd "$(dirname "$0")" && pwd)

missing=
for pair in nginx:nginx haproxy:haproxy wrk:wrk h2load:nghttp2-client openssl:openssl gcc:gcc taskset:util-linux; do
    PATH="$PATH:/usr/sbin" command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
[ -x /usr/bin/python3 ] || missing="$missing python3"
[ -e /usr/include/openssl/ssl.h ] || missing="$missing libssl-dev"
[ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"
if [ -n "$missing" ]; then
    echo "installing$missing" >&2
    if [ "$(id -u)" = 0 ]; then become=; else become=sudo; fi
    # No service may start by itself: the bench starts its own, on free ports.
    $become apt-get update -qq
    $become env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $missing >&2
fi

exec taskset -c 0 /usr/bin/python3 -B "$here/peers.py" "$@"
