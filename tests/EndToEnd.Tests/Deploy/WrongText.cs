// The usual mistakes of walk-throughs about this kind of rollout, as far as a manifest's form or schema gives them away.

namespace OpenClaw.EndToEnd.Tests.Deploy;

internal static class WrongText
{
    /// <summary>By name of the mistake, a manifest that has it.</summary>
    public static readonly Dictionary<string, string> Texts = new()
    {
        ["wrong: templates in the Rollout"] = """
            apiVersion: argoproj.io/v1alpha1
            kind: Rollout
            metadata: {name: rating-api}
            spec:
              selector: {matchLabels: {app: rating-api}}
              analysisTemplates: [{name: rating-quality}]
            """,
        ["wrong: name for templateName"] = """
            apiVersion: argoproj.io/v1alpha1
            kind: Rollout
            metadata: {name: rating-api}
            spec:
              selector: {matchLabels: {app: rating-api}}
              strategy: {canary: {steps: [{setWeight: 5}, {analysis: {templates: [{name: rating-quality}]}}]}}
            """,
        ["wrong: indentation lost"] = """
            apiVersion: v1
            kind: ConfigMap
            metadata:
            name: token-bucket-policy
            data:
            name: policy.yaml
            """,
        ["wrong: on for a text"] = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: token-bucket-policy}
            data: {guard: on}
            """,
        ["wrong: port as a text"] = """
            apiVersion: v1
            kind: Service
            metadata: {name: rating-api-stable}
            spec: {selector: {app: rating-api}, ports: [{port: "80"}]}
            """,
        ["wrong: kind of nobody"] = """
            apiVersion: openclaw.io/v1
            kind: Canary
            metadata: {name: rating-api}
            """,
        ["wrong: rules without groups"] = """
            apiVersion: monitoring.coreos.com/v1
            kind: PrometheusRule
            metadata: {name: rating}
            spec: {rules: [{alert: Low, expr: openclaw_rating_score < 0.7}]}
            """,
    };
}
