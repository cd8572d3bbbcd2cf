{{/* Name of all objects. */}}
{{- define "openclaw-edge.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride }}
{{- else if contains "openclaw-edge" .Release.Name -}}
{{ .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-openclaw-edge" (.Release.Name | trunc 38 | trimSuffix "-") }}
{{- end -}}
{{- end }}

{{- define "openclaw-edge.selector" -}}
app.kubernetes.io/name: openclaw-edge
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "openclaw-edge.labels" -}}
{{ include "openclaw-edge.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "openclaw-edge.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "openclaw-edge.fullname" .) }}
{{- end }}

{{- define "openclaw-edge.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* The most edges that there can be: what the bucket is divided by. */}}
{{- define "openclaw-edge.most" -}}
{{- if .Values.autoscaling.enabled }}{{ .Values.autoscaling.maxReplicas }}{{ else }}{{ max 1 (int .Values.replicas) }}{{ end -}}
{{- end }}

{{- define "openclaw-edge.listensOnce" -}}
listeners:
- address: {{ printf "%s:8080" .Values.listenAddress | quote }}
  {{- if and .Values.tls.secretName .Values.tls.redirect }}
  redirectToHttps: true
  {{- end }}
{{- if .Values.tls.secretName }}
- address: {{ printf "%s:8443" .Values.listenAddress | quote }}
  tls:
    certificates:
    - {certFile: /etc/openclaw/tls/tls.crt, keyFile: /etc/openclaw/tls/tls.key}
    minVersion: {{ .Values.tls.minVersion | quote }}
{{- end }}
admin:
  address: {{ printf "%s:9901" .Values.listenAddress | quote }}
  {{- if .Values.admin.tokenSecret }}
  tokenFile: /etc/openclaw/token/{{ .Values.admin.tokenKey }}
  {{- end }}
workers: {{ .Values.workers }}
{{- end }}

{{/* edge.yaml: what the chart knows, and over it what the values say. */}}
{{- define "openclaw-edge.edge" -}}
{{- $versions := dict -}}
{{- range $name, $version := .Values.versions -}}
  {{- $more := omit $version "service" "namespace" "port" "scheme" -}}
  {{- if $version.service -}}
    {{- $host := printf "%s.%s.svc" $version.service ($version.namespace | default $.Release.Namespace) -}}
    {{- $_ := set $more "endpoints" (list (printf "%s://%s:%d" ($version.scheme | default "http") $host (int ($version.port | default 80)))) -}}
  {{- end -}}
  {{- $_ := set $versions $name $more -}}
{{- end -}}
{{- $edge := include "openclaw-edge.listensOnce" . | fromYaml -}}
{{- $_ := set $edge "versions" $versions -}}
{{- $_ := set $edge "stable" .Values.stable -}}
{{- $_ := set $edge "policy" "/etc/openclaw/policy/policy.yaml" -}}
{{- $_ := set $edge "timeouts" (dict "drain" (printf "%ds" (int .Values.drainSeconds))) -}}
{{- $_ := set $edge "kubernetes" (dict "policyConfigMap" .Values.policyConfigMap) -}}
{{- toYaml (mergeOverwrite $edge (deepCopy .Values.edge)) -}}
{{- end }}

{{/* policy.yaml: the values, with the keys that follow from others. The ceiling is written out, so that there is something to turn to 0. */}}
{{- define "openclaw-edge.policy" -}}
{{- $policy := deepCopy .Values.policy -}}
{{- $_ := set $policy "apiVersion" "openclaw.io/v1" -}}
{{- if $policy.bucket -}}
  {{- $_ := set $policy.bucket "replicas" (int (include "openclaw-edge.most" .)) -}}
{{- end -}}
{{- if or .Values.weightFrom.httpRoute .Values.weightFrom.rollout -}}
  {{- $from := dict -}}
  {{- range $key, $value := .Values.weightFrom -}}
    {{- if $value }}{{ $_ := set $from $key $value }}{{ end -}}
  {{- end -}}
  {{- $_ := set $policy "weightFrom" $from -}}
  {{- if and $policy.canary (not (hasKey $policy.canary "weight")) -}}
    {{- $_ := set $policy.canary "weight" "100%" -}} {{/* no merge: it would take a weight of 0 for none */}}
  {{- end -}}
{{- else if not (or $policy.canaries (hasKey ($policy.canary | default dict) "weight")) -}}
  {{- fail "nobody says how much the canary gets: set weightFrom, or policy.canary.weight" -}}
{{- end -}}
{{- toYaml $policy -}}
{{- end }}

{{/* Prints "true" where a release with the sample application can have it. */}}
{{- define "openclaw-edge.sample" -}}
{{- if and .Values.sample.enabled (.Capabilities.APIVersions.Has "argoproj.io/v1alpha1") -}}true{{- end -}}
{{- end }}

{{/* Prints "true" where the sample's analysis asks the side port. */}}
{{- define "openclaw-edge.askedByArgo" -}}
{{- if and .Values.sample.enabled (eq .Values.sample.analysis "web") -}}true{{- end -}}
{{- end }}

{{- define "openclaw-edge.sampleLabels" -}}
app.kubernetes.io/name: rating-api
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/*
A hook is made and then no part of the release: no upgrade or rollback writes over what Argo Rollouts has written into it. The policy is there so that
the default one, which deletes an object before it is made again, does not hold.
*/}}
{{- define "openclaw-edge.installOnce" -}}
{{- if .Values.sample.installOnce -}}
annotations:
  helm.sh/hook: pre-install,pre-upgrade
  helm.sh/hook-delete-policy: hook-failed
{{- end -}}
{{- end }}
