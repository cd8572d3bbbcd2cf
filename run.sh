#!/usr/bin/env bash
# Builds the Native AOT binary if something changed, and runs it: the demo by default.
#   ./run.sh              build, then openclaw-edge demo
#   ./run.sh build        build only (artifacts/openclaw-edge)
#   ./run.sh VERB ARGS... build, then openclaw-edge VERB ARGS...
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binary="$root/artifacts/openclaw-edge"

# What the ahead-of-time compiler links with.
need_linker() {
  command -v clang >/dev/null || command -v gcc >/dev/null || return 0
  return 1
}

install_packages() {
  echo "installing $* (apt-get)" >&2
  if ! { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }; then
    echo "run.sh: could not install $*; install them by hand and run again" >&2
    exit 1
  fi
}

build() {
  command -v dotnet >/dev/null || { echo "run.sh: the .NET 10 SDK is missing; see https://dotnet.microsoft.com/download" >&2; exit 1; }
  if need_linker; then install_packages gcc libc6-dev; fi
  if [ ! -x "$binary" ] || [ -n "$(find "$root/src" "$root"/Directory.* "$root/global.json" -name obj -prune -o -name bin -prune -o -type f -newer "$binary" -print -quit)" ]; then
    local arch rid log
    arch=$(uname -m); rid=linux-x64; [ "$arch" = aarch64 ] && rid=linux-arm64
    log=$(mktemp)
    echo "building openclaw-edge ahead of time ($rid)..." >&2
    if ! dotnet publish "$root/src/Edge/OpenClaw.Edge.csproj" -c Release -r "$rid" -o "$root/artifacts" -nologo -v quiet >"$log" 2>&1; then
      cat "$log" >&2; rm -f "$log"; exit 1
    fi
    rm -f "$log"
    touch "$binary"
  fi
}

build
case "${1:-demo}" in
  build) ;;
  *) exec "$binary" "${@:-demo}" ;;
esac
