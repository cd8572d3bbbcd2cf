#!/usr/bin/env bash
# Measures one decision of the split, and other rate limiters on the same work, ahead-of-time compiled as the edge is; prints one Markdown table.
# Usage: bench/split.sh [ROUNDS [OPERATIONS]]; JIT: dotnet run -c Release --project bench/Split
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case $(uname -m) in aarch64) rid=linux-arm64 ;; *) rid=linux-x64 ;; esac
log=$(mktemp)
trap 'rm -f "$log"' EXIT
dotnet publish "$root/bench/Split" -c Release -r "$rid" -o "$root/artifacts/split-bench" -nologo -v quiet >"$log" 2>&1 || { tail -20 "$log" >&2; exit 1; }
"$root/artifacts/split-bench/split-bench" "$@"
