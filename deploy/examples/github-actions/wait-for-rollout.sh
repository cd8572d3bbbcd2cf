#!/usr/bin/env bash
# Follows a Rollout until it is decided, says each change once, and writes what became of it into the job's summary.
#   ROLLOUT, NAMESPACE   which one        PATIENCE   seconds at most        POLL   seconds between two looks
# Ends with 0: promoted; 1: rolled back; 3: a person has to decide, or time is up. It changes nothing: an undecided rollout stays as it is.
set -euo pipefail
rollout=${ROLLOUT:-rating-api}
namespace=${NAMESPACE:-openclaw}
patience=${PATIENCE:-3600}
poll=${POLL:-5}
read_only=(kubectl --namespace "$namespace" --request-timeout 20s get)

# One line, whatever the words in it are, since a runner obeys lines that begin with "::": verdict, then words for people. A spec that the controller has not seen yet says nothing of the release that is asked about.
# shellcheck disable=SC2016 # jq's variables, not the shell's
look='
  .spec.strategy.canary.steps as $steps
  | ([.status.currentStepIndex // 0, ($steps | length)] | min) as $index
  | ([.status.pauseConditions[]?.reason] | join(", ")) as $why
  | "step \($index) of \($steps | length), canary at \(.status.canary.weights.canary.weight // 0) %" as $where
  | if (.status.observedGeneration // "") != (.metadata.generation | tostring) then "wait the controller has not seen the change yet"
    elif .status.phase == "Healthy" then "promoted every request goes to the pods of \(.status.stableRS)"
    elif .status.abort == true then "back \(.status.message)"
    elif .status.phase == "Degraded" then "person \(.status.message), and it is not aborted, at \($where)"
    elif .spec.paused == true then "person paused by hand at \($where)"
    elif .status.phase == "Paused" and ($why == "InconclusiveAnalysisRun" or $steps[$index].pause.duration == null) then "person paused (\($why)) at \($where)"
    else "wait \(.status.phase // "no phase yet"), \($where)" end
  | gsub("[[:cntrl:]]"; " ")'

# What was measured of the newest pods.
# shellcheck disable=SC2016
measured='
  def cell: . // "" | tostring | gsub("[|[:cntrl:]]"; " ");
  .items | sort_by(.metadata.creationTimestamp)[] | .metadata.name as $run | .status.metricResults[]?
  | "| \($run) | \(.name) | \(.phase) | \(.measurements[-1].value | cell) | \(.message | cell) |"'

finish() { # exit code, what to say
  local hash runs
  hash=$("${read_only[@]}" rollouts.argoproj.io "$rollout" --output 'jsonpath={.status.currentPodHash}')
  runs=$("${read_only[@]}" analysisruns.argoproj.io --selector "rollouts-pod-template-hash=$hash" --output json | jq --raw-output "$measured")
  echo "$2"
  {
    echo "### $rollout"
    echo
    echo "$2"
    echo
    echo "| analysis | metric | verdict | last value | why |"
    echo "| --- | --- | --- | --- | --- |"
    echo "${runs:-| none | | | | |}"
  } >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}"
  exit "$1"
}

last=
misses=0
while :; do
  if line=$("${read_only[@]}" rollouts.argoproj.io "$rollout" --output json | jq --raw-output "$look"); then
    misses=0
  elif misses=$((misses + 1)) && [ "$misses" -lt 5 ]; then
    line="wait no word from the API server ($misses)"
  else
    echo "wait-for-rollout.sh: $rollout cannot be read, five times in a row; whatever it does goes on without this job" >&2
    exit 3
  fi

  [ "$line" = "$last" ] || echo "$(date -u +%H:%M:%SZ) ${line#* }"
  last=$line
  case $line in
    promoted*) finish 0 "Promoted: ${line#* }." ;;
    back*) finish 1 "Rolled back: ${line#* }." ;;
    person*) finish 3 "Undecided: ${line#* }. Promote it (kubectl argo rollouts -n $namespace promote $rollout) or abort it (kubectl argo rollouts -n $namespace abort $rollout)." ;;
  esac
  [ "$SECONDS" -lt "$patience" ] || finish 3 "Undecided after $patience s: ${line#* }. It goes on without this job."
  sleep "$poll"
done
