#!/usr/bin/env bash
# Installs the programs of others that the tests talk to, where they are missing and apt-get works. Never fails: a test
# whose peer is not there skips and says so. Starts no service.
set -uo pipefail

# command[|command...]:package; a library has a path instead of a command
peers="nginx:nginx-light haproxy:haproxy prometheus:prometheus promtool:prometheus wrk:wrk h2load:nghttp2-client curl:curl openssl:openssl jq:jq shellcheck:shellcheck kubectl:kubernetes-client
node|nodejs:nodejs npm:npm chromium|chromium-browser|google-chrome:chromium
/usr/lib/python3/dist-packages/requests:python3-requests /usr/lib/python3/dist-packages/kubernetes:python3-kubernetes
go:golang-go /usr/share/gocode/src/github.com/prometheus/client_golang:golang-github-prometheus-client-golang-dev"

PATH="$PATH:/usr/sbin:/usr/local/sbin"
missing=""
for peer in $peers; do
  found=""
  for command in $(tr '|' ' ' <<<"${peer%%:*}"); do { command -v "$command" >/dev/null || [ -e "$command" ]; } && found=yes; done
  [ -n "$found" ] || case " $missing " in *" ${peer#*:} "*) ;; *) missing="$missing ${peer#*:}" ;; esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || [ -n "${NO_INSTALL:-}" ]; then
  echo "tests/peers.sh: missing and not installed (no root or no apt-get):$missing" >&2
  exit 0
fi

# Debian's answer to "may this package start its service?" is this file; 101 means no.
rule=/usr/sbin/policy-rc.d
if [ ! -e "$rule" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$rule" && chmod +x "$rule"
  trap 'rm -f "$rule"' EXIT
fi

export DEBIAN_FRONTEND=noninteractive
timeout 120 apt-get update -qq >/dev/null 2>&1
for package in $missing; do # one by one: a package that is not to be had must not keep the others away
  echo "tests/peers.sh: installing $package" >&2
  timeout 240 apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 </dev/null || echo "tests/peers.sh: $package could not be installed" >&2
done
exit 0
