#!/usr/bin/env bash
# Installs or upgrades the edge: its image by digest, its policy from a values file. Waits until the new edges are ready, and goes
# back by itself when they are not. Refuses while a rollout is under way: new edges know nothing of what the old ones have seen of it.
#   IMAGE   repository@sha256:...        VALUES   the values file that holds the policy
set -euo pipefail
: "${IMAGE:?}" "${VALUES:?}"
namespace=${NAMESPACE:-openclaw}
release=${RELEASE:-openclaw-edge}
rollout=${ROLLOUT:-rating-api}
chart=${CHART:-deploy/helm/openclaw-edge}

# Only the signs that names of images have: it goes into Helm's --set, where a quote or a comma would say more than a name.
[[ $IMAGE =~ ^[A-Za-z0-9][A-Za-z0-9._:/-]*@sha256:[0-9a-f]{64}$ ]] || { echo "upgrade-edge.sh: IMAGE is no image by digest: ${IMAGE//[[:cntrl:]]/ }" >&2; exit 2; }

# Of a Rollout that is not there yet, kubectl says nothing here; any other failure ends the script.
phase=$(kubectl --namespace "$namespace" get rollouts.argoproj.io "$rollout" --ignore-not-found --output 'jsonpath={.status.phase}')
case $phase in
  Progressing | Paused)
    echo "upgrade-edge.sh: rollout $rollout is under way ($phase); promote or abort it first: kubectl argo rollouts -n $namespace get rollout $rollout" >&2
    exit 3
    ;;
esac

helm upgrade "$release" "$chart" --install --namespace "$namespace" --values "$VALUES" \
  --set-string "image.repository=${IMAGE%@*}" --set-string "image.digest=${IMAGE#*@}" --atomic --timeout 5m

{
  echo "### The edge"
  echo
  echo "Image \`$IMAGE\`. The policy in force:"
  echo
  echo '```yaml'
  kubectl --namespace "$namespace" get configmap token-bucket-policy --output 'jsonpath={.data.policy\.yaml}'
  echo '```'
} >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}"
