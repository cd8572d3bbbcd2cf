#!/bin/bash
# Counts the user-space instructions of the edge for one proxied request, and prints that number: repeats to about 1 %, on a busy machine too.
# Two runs under callgrind, of 2,000 and of 12,000 requests; the difference, divided by 10,000, leaves start and stop out.
# Usage: bench/peers/instructions.sh [--edge FILE] [--connections N] [--profile]; --profile builds with symbols and adds the top functions.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
few=2000 many=12000
edge=$root/artifacts/openclaw-edge
connections=1 # more of them share epoll_wait: fewer instructions, and a number that depends on the batches
profile=

while [ $# -gt 0 ]; do
    case $1 in
        --edge) edge=$2; shift 2 ;;
        --connections) connections=$2; shift 2 ;;
        --profile) profile=yes; shift ;;
        *) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;;
    esac
done

missing=
for pair in valgrind:valgrind gcc:gcc h2load:nghttp2-client objcopy:binutils python3:python3 taskset:util-linux; do
    command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
done
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then become=; else become=sudo; fi
    $become apt-get update -qq
    # shellcheck disable=SC2086
    $become env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
fi

temp=$(mktemp -d -t openclaw-instructions.XXXXXX)
upstream_pid= edge_pid=
finish() {
    for pid in $edge_pid $upstream_pid; do kill -KILL "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$temp"
}
trap finish EXIT
trap 'exit 143' TERM INT

# Four of them, from the place where the other bench gets its own.
free_ports() {
    (cd "$here" && python3 -B -c 'from processes import free_port; print(*(free_port() for _ in range(4)))')
}

# Exactly COUNT requests to URL; fails unless each is answered with 2xx.
ask() {
    timeout 300 taskset -c 0 h2load --h1 -t1 -c"$3" -n"$1" "$2" 2>&1 | grep -q "^status codes: $1 2xx"
}

give_up() {
    echo "$1:" >&2
    tail -20 "$temp/log" >&2
    exit 1
}

# Runs the edge under callgrind for COUNT requests and leaves the profile in $temp/COUNT.
count() {
    read -r v1 v2 plain admin < <(free_ports)
    taskset -c 0 "$temp/upstream" "$v1" "$v2" & upstream_pid=$!
    DOTNET_GCHeapHardLimit=0x10000000 taskset -c 1 valgrind --tool=callgrind --callgrind-out-file="$temp/$1" "$temp/alone/openclaw-edge" run \
        --listen "http://127.0.0.1:$plain" --upstream "v1=http://127.0.0.1:$v1" --upstream "v2=http://127.0.0.1:$v2" \
        --policy "$temp/policy.yaml" --admin "127.0.0.1:$admin" --workers 1 >"$temp/log" 2>&1 & edge_pid=$!
    for ((i = 0; i < 120; i++)); do
        ask 1 "http://127.0.0.1:$admin/readyz" 1 && break
        kill -0 "$edge_pid" 2>/dev/null && ((i < 119)) || give_up "the edge did not become ready"
        sleep 0.5
    done
    ask "$1" "http://127.0.0.1:$plain/catalogue/4711" "$connections" || give_up "not every request was answered"
    kill -TERM "$edge_pid"
    wait "$edge_pid" || true
    kill "$upstream_pid"
    wait "$upstream_pid" || true
    edge_pid= upstream_pid=
}

# Instructions of the whole run.
total() {
    sed -nE 's/^(totals|summary): ([0-9]+).*/\2/p' "$temp/$1" | tail -1
}

# Per function: "INSTRUCTIONS NAME", of the whole run.
functions() {
    callgrind_annotate --threshold=100 --auto=no "$temp/$1" | sed -nE 's/^ *([0-9,]+) +(\([^)]*%\) +)?[^: ]*:([^ ].*)$/\1 \3/p' | sed -E ':a; s/^([0-9]+),/\1/; ta; s/ \[[^]]*\]$//'
}

gcc -O2 -o "$temp/upstream" "$here/upstream.c"
printf 'bucket: {capacity: 1000000, refillRate: 1000000}\ncanary: {version: v2, weight: 0.05}\n' >"$temp/policy.yaml"
mkdir "$temp/alone" # valgrind gives up on the .dbg file beside a published binary, so the copy stands alone
if [ -n "$profile" ]; then
    case $(uname -m) in aarch64) rid=linux-arm64 ;; *) rid=linux-x64 ;; esac
    # Its own artifacts path: from a used obj the old, stripped link would be taken.
    dotnet publish "$root/src/Edge" -c Release -r "$rid" -p:StripSymbols=false --artifacts-path "$temp/artifacts" -o "$temp/published" \
        -nodeReuse:false --disable-build-servers >"$temp/log" 2>&1 || { tail -20 "$temp/log" >&2; exit 1; }
    objcopy --strip-debug "$temp/published/openclaw-edge" "$temp/alone/openclaw-edge"
else
    [ -x "$edge" ] || { echo "no edge at $edge: build it with ./run.sh build, or pass --edge FILE" >&2; exit 1; }
    cp "$edge" "$temp/alone/openclaw-edge"
fi

count $few
count $many
requests=$((many - few))
echo $((($(total $many) - $(total $few)) / requests))

if [ -n "$profile" ]; then
    functions $few >"$temp/few"
    functions $many >"$temp/many"
    echo "instructions a request, by function:"
    awk -v requests=$requests '
        { name = $0; sub(/^[0-9]+ /, "", name) }
        FNR == NR { before[name] += $1; next }
        { after[name] += $1 }
        END { for (name in after) printf "%9.1f  %s\n", (after[name] - before[name]) / requests, name }' "$temp/few" "$temp/many" | sort -rn | sed -n '1,40p'
fi
