#!/usr/bin/env bash
# kubectl and helm run this when they need a token, and again when it has expired: it asks GitHub for one that says which
# repository, branch and environment this job is of. Its output is for the program that called it; stdout goes nowhere else.
set -euo pipefail
: "${ACTIONS_ID_TOKEN_REQUEST_URL:?the job needs permissions: id-token: write}" "${ACTIONS_ID_TOKEN_REQUEST_TOKEN:?}" "${CLUSTER_AUDIENCE:?}"

# The token that asks for the token stays out of the list of processes: curl reads it from a file that is none.
curl --silent --show-error --fail --retry 3 --max-time 20 --get --data-urlencode "audience=$CLUSTER_AUDIENCE" \
  --header @<(printf 'Authorization: Bearer %s\n' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN") "$ACTIONS_ID_TOKEN_REQUEST_URL" |
  jq --exit-status '
    .value as $token
    | ($token | split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson.exp | todate) as $expiry
    | {apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: {token: $token, expirationTimestamp: $expiry}}'
