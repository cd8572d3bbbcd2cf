#!/usr/bin/env bash
# Proves what Dockerfile.aot promises without a container engine: the binary, and nothing beside it but the libraries and
# files that the base image's packages hold, in an otherwise empty root directory, as a user without rights, terminates TLS
# and proxies. No shell is in there, so nothing can help it.
#   tests/container.sh [BINARY]
# Exit code: 0 passed, 1 failed, 77 skipped (the reason is the last line).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binary=${1:-$here/../artifacts/openclaw-edge}
user=65532 # "nonroot" of the base image
size_max=$((12 * 1024 * 1024))

skip() { echo "SKIPPED: $1"; exit 77; }
fail() { echo "FAILED: $1"; [ -f "$work/demo.log" ] && tail -n 5 "$work"/*.log; exit 1; }
[ "$(id -u)" = 0 ] || skip "chroot needs root"
command -v dpkg >/dev/null || skip "needs Debian's package lists to tell which libraries the base image holds"
command -v curl >/dev/null || skip "needs curl"
[ -x "$binary" ] || { echo "FAILED: no binary at $binary; ./run.sh build makes it"; exit 1; }

work=$(mktemp -d)
root=$work/root
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait; rm -rf "$work"' EXIT

# The base image is made of these packages (with tzdata and netbase, of which the edge needs nothing).
copy_package() {
  local file
  while read -r file; do
    case $file in
      *.so | *.so.*) if [ -f "$file" ]; then mkdir -p "$root$(dirname "$file")" && cp -L "$file" "$root$file"; fi ;;
    esac
  done < <(dpkg -L "$1")
}
mkdir -p "$root"/{tmp,etc/openclaw/tls}
chmod 1777 "$root/tmp"
copy_package libc6
copy_package "$(dpkg -S libssl.so.3 | head -n 1 | cut -d: -f1)"
for link in lib lib64; do # the loader is asked for by a path that a merged /usr resolves
  if [ -L "/$link" ] && [ ! -e "$root/$link" ]; then ln -s "usr/$link" "$root/$link"; fi
done
loader=$(readelf -l "$binary" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
[ -e "$root$loader" ] || { mkdir -p "$root$(dirname "$loader")" && cp -L "$loader" "$root$loader"; }
cp "$binary" "$root/openclaw-edge"
inside() { exec chroot --userspec="$user:$user" "$root" /openclaw-edge "$@"; }

# 1. It starts, and it is small.
version=$(inside version) || fail "version does not run on the base image's libraries"
size=$(stat -c %s "$binary")
[ "$size" -le "$size_max" ] || fail "the binary has $size bytes, more than $size_max"
echo "ok: $version, $size bytes, $(find "$root" -type f | wc -l) files in the root"

# 2. The demo outside is the upstream, and lends its certificate; the edge inside terminates TLS in front of it.
"$binary" demo --port 0 >"$work/demo.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do grep -q "share asked" "$work/demo.log" && break; sleep 0.1; done
upstream=$(sed -n 's/^  proxy *\(http:[^ ]*\) .*/\1/p' "$work/demo.log")
policy=$(sed -n 's/^  policy *\([^ ]*\) .*/\1/p' "$work/demo.log")
[ -n "$upstream" ] || fail "the demo did not start"
cp "$(dirname "$policy")"/tls.{crt,key} "$root/etc/openclaw/tls/"
chown -R "$user" "$root/etc/openclaw"

inside run --listen https://127.0.0.1:0 --cert /etc/openclaw/tls/tls.crt --key /etc/openclaw/tls/tls.key \
  --upstream "v1=$upstream" --admin 127.0.0.1:0 --workers 1 2>"$work/edge.log" &
edge=$!
pids+=("$edge")
address=
for _ in $(seq 100); do
  address=$(sed -n 's|.*listening on https://\([^, ]*\),.*|\1|p' "$work/edge.log")
  [ -n "$address" ] && break
  sleep 0.1
done
[ -n "$address" ] || fail "the edge did not start inside"
[ "$(stat -c %u "/proc/$edge")" = "$user" ] || fail "the edge does not run as $user"
answer=$(curl --silent --show-error --max-time 10 --cacert "$root/etc/openclaw/tls/tls.crt" --resolve "localhost:${address##*:}:127.0.0.1" \
  "https://localhost:${address##*:}/") || fail "no TLS answer through the edge inside"
case $answer in *'"version":"v'*) ;; *) fail "an answer that the upstream did not give: $answer" ;; esac
echo "ok: TLS through the edge inside, as uid $user: $answer"

# 3. The health check of the image, by the binary itself.
side=$(sed -n 's|.*side port on http://\([^ ]*\).*|\1|p' "$work/edge.log")
(inside healthcheck --admin "$side") || fail "healthcheck says that the edge inside is not ready"
echo "ok: healthcheck at $side"

# 4. SIGTERM ends it cleanly.
kill -TERM "$edge"
code=0; wait "$edge" || code=$?
[ "$code" = 0 ] || fail "exit code $code after SIGTERM"
echo "ok: SIGTERM, exit code 0"
