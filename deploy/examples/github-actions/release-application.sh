#!/usr/bin/env bash
# Puts a new image into the Rollout and applies the Rollout alone. Not the HTTPRoute and the Services beside it: Argo Rollouts writes weights
# and selectors there, and applying those files in the middle of a canary would take them back to what the files say.
#   IMAGE   the application's image, repository@sha256:...        MANIFEST   the file that holds the Rollout, and nothing else
set -euo pipefail
: "${IMAGE:?}" "${MANIFEST:?}"
namespace=${NAMESPACE:-openclaw}

# Only the signs that names of images have: it goes into a JSON patch, where a quote or a comma would say more than a name.
[[ $IMAGE =~ ^[A-Za-z0-9][A-Za-z0-9._:/-]*@sha256:[0-9a-f]{64}$ ]] || { echo "release-application.sh: IMAGE is no image by digest: ${IMAGE//[[:cntrl:]]/ }" >&2; exit 2; }

patch="[{\"op\": \"replace\", \"path\": \"/spec/template/spec/containers/0/image\", \"value\": \"$IMAGE\"}]"
kubectl patch --local --filename "$MANIFEST" --type json --patch "$patch" --output yaml |
  kubectl --namespace "$namespace" apply --filename -
