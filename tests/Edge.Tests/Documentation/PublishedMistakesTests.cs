// What docs/kubernetes.md says of PromQL that is often printed, computed by Prometheus itself.

using OpenClaw.TestKit;

namespace OpenClaw.Edge.Tests.Documentation;

public sealed class PublishedMistakesTests
{
    private const string Rules = """
        groups:
        - name: printed
          rules:
          - {record: printed, expr: "rate(score[2m])"}
          - {record: here, expr: "avg_over_time(score[2m])"}
        """;

    // 0.9 for ever; and 0.9 and 0.6 in turns, every 15 s. Of the second, rate takes the rise after each fall for a count from 0 on.
    private const string Cases = """
        rule_files: [rules.yaml]
        evaluation_interval: 15s
        tests:
        - interval: 15s
          input_series:
          - {series: 'score{release="good"}', values: "0.9x40"}
          - {series: 'score{release="flapping"}', values: "0.9 0.6 0.9 0.6 0.9 0.6 0.9 0.6 0.9 0.6 0.9 0.6 0.9 0.6 0.9 0.6 0.9 0.6 0.9 0.6 0.9"}
          promql_expr_test:
          - expr: printed{release="good"} > 0.85
            eval_time: 5m
          - expr: printed{release="good"}
            eval_time: 5m
            exp_samples: [{labels: 'printed{release="good"}', value: 0}]
          - expr: printed{release="flapping"} > bool 0
            eval_time: 5m
            exp_samples: [{labels: '{release="flapping"}', value: 1}]
          - expr: here > bool 0.85
            eval_time: 5m
            exp_samples: [{labels: '{release="good"}', value: 1}, {labels: '{release="flapping"}', value: 0}]
        """;

    [Fact]
    public async Task RateOfAGauge_FailsGoodReleasesAndPassesBadOnes()
    {
        string? promtool = Peer.Find("promtool");
        Assert.SkipWhen(promtool is null, Peer.WhyMissing("promtool"));
        using TestFolder folder = new();
        folder.Write("rules.yaml", Rules);
        await using Child run = await Child.RunAsync(promtool!, ["test", "rules", folder.Write("cases.yaml", Cases)]);
        Assert.True(run.ExitCode == 0, run.Output);
    }
}
