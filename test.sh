#!/usr/bin/env bash
# Builds everything and runs every test; the end-to-end ones against the ahead-of-time compiled binary.
#   ./test.sh                          all of it
#   ./test.sh EndToEnd                 the test projects whose name has this word
#   ./test.sh EndToEnd -class '*Split*' and the arguments that follow go to xunit
# The last line is "N passed, N failed, N skipped"; the exit code is 0 only if nothing failed and every project reported.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$root" || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
word=${1:-}
[ $# -gt 0 ] && shift
passed=0 failed=0 skipped=0
project_timeout=720 # seconds; no suite comes near it unless something hangs

finish() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ] && [ $((passed + skipped)) -gt 0 ]
  exit
}

stop() {
  echo "test.sh: $1" >&2
  failed=$((failed + 1))
  finish
}

bash tests/peers.sh
bash tests/npm-peers.sh
./run.sh build || stop "the binary could not be built"
projects=$(find tests -name '*.Tests.csproj' | grep -i -- "$word" | sort)
[ -n "$projects" ] || stop "no test project has \"$word\" in its name"
if [ -n "$word" ]; then
  for project in $projects; do dotnet build "$project" -nologo -v quiet || stop "$project does not build"; done
else
  dotnet build OpenClaw.Aot.sln -nologo -v quiet || stop "the solution does not build"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for project in $projects; do
  name=$(basename "$project" .csproj)
  echo "== $name"
  # timeout gives the tests a process group of their own and ends all of it.
  timeout -k 10 "$project_timeout" dotnet "$(dirname "$project")/bin/Debug/net10.0/$name.dll" -noLogo -noColor "$@" 2>&1 </dev/null | tee "$log"
  code=${PIPESTATUS[0]}
  # xunit ends with: "   NAME  Total: 12, Errors: 0, Failed: 0, Skipped: 1, Not Run: 0, Time: 1.2s"
  summary=$(grep -E "^ +$name +Total: [0-9]+, Errors: " "$log" | tail -n 1)
  count() { sed -n "s/.*$1: \([0-9]*\).*/\1/p" <<<"$summary"; }
  if [ -z "$summary" ]; then
    # A filter may leave nothing to run in one of several projects; without one, silence is a crash.
    if [ $# -eq 0 ] || [ "$code" -gt 1 ]; then
      echo "test.sh: $name ended with $code and without a summary" >&2
      failed=$((failed + 1))
    fi
    continue
  fi
  bad=$(($(count Failed) + $(count Errors)))
  skipped=$((skipped + $(count Skipped)))
  failed=$((failed + bad))
  passed=$((passed + $(count Total) - $(count Failed) - $(count Skipped) - $(count 'Not Run')))
  if [ "$code" != 0 ] && [ "$bad" = 0 ]; then
    echo "test.sh: $name ended with $code" >&2
    failed=$((failed + 1))
  fi
done
finish
