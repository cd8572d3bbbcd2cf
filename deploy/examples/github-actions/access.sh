#!/usr/bin/env bash
# Gives the steps that follow a kubeconfig of this job's own. Two ways, and the first that is set up counts:
#   KUBECONFIG_DATA                                    a secret that holds a whole kubeconfig (a service account's, for one namespace)
#   CLUSTER_SERVER, CLUSTER_CA_DATA, CLUSTER_AUDIENCE  no secret: the API server trusts GitHub's identity tokens, see README.md
# Writes nothing to the log that opens a door.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
file=${RUNNER_TEMP:?}/kubeconfig
umask 077

if [ -n "${KUBECONFIG_DATA:-}" ]; then
  printf '%s\n' "$KUBECONFIG_DATA" >"$file"
  how="the environment's secret"
elif [ -n "${CLUSTER_SERVER:-}" ] && [ -n "${CLUSTER_CA_DATA:-}" ] && [ -n "${CLUSTER_AUDIENCE:-}" ]; then
  cat >"$file" <<YAML
apiVersion: v1
kind: Config
current-context: release
contexts:
- name: release
  context: {cluster: release, user: job, namespace: ${NAMESPACE:-openclaw}}
clusters:
- name: release
  cluster: {server: "$CLUSTER_SERVER", certificate-authority-data: "$CLUSTER_CA_DATA"}
users:
- name: job
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: "$here/identity.sh"
      env: [{name: CLUSTER_AUDIENCE, value: "$CLUSTER_AUDIENCE"}]
      interactiveMode: Never
YAML
  how="this job's identity token, for $CLUSTER_AUDIENCE"
else
  echo "access.sh: neither the secret KUBECONFIG_DATA nor the variables CLUSTER_SERVER, CLUSTER_CA_DATA and CLUSTER_AUDIENCE are set in this environment" >&2
  exit 2
fi

echo "KUBECONFIG=$file" >>"${GITHUB_ENV:?}"
echo "access by $how"
