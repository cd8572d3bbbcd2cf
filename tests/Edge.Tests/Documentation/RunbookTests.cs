// docs/operations.md has a section for every alert, of the same shape, and none for an alert that is no more.

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Tests.Examples;

namespace OpenClaw.Edge.Tests.Documentation;

public sealed class RunbookTests
{
    private static readonly string Page = File.ReadAllText(YamlFile.Path("docs/operations.md"));

    private static readonly JsonNode[] Alerts = [.. YamlFile.Read("deploy/helm/openclaw-edge/files/openclaw.rules.yaml")[0]["groups"]!.AsArray()
        .SelectMany(group => group!["rules"]!.AsArray()).Where(rule => rule!["alert"] is not null).Select(rule => rule!)];

    private static IEnumerable<string> Names => Alerts.Select(alert => alert["alert"]!.ToString()).Distinct();

    [Fact]
    public void EveryAlert_HasItsSection() =>
        Assert.Equal(Names.Order(), Regex.Matches(Page, "^### (OpenClaw.*)$", RegexOptions.Multiline).Select(match => match.Groups[1].Value).Order());

    [Fact]
    public void EveryAlert_LeadsToItsSection() => Assert.All(Alerts, alert =>
        Assert.EndsWith($"/docs/operations.md#{PageLinksTests.Anchor(alert["alert"]!.ToString())}", alert["annotations"]!["runbook_url"]!.ToString(), StringComparison.Ordinal));

    [Fact]
    public void EverySection_SaysWhatItMeansWhereToLookAndWhatToDo() => Assert.All(Names, name =>
    {
        string section = Regex.Match(Page, $"^### {name}\n(.*?)^##", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;
        Assert.Matches(@"\*\*Means\b", section);
        Assert.Contains("**Look:**", section, StringComparison.Ordinal);
        Assert.Matches(@"\| (Cause|Problem) \| Then \|\n(\|.*\n){3}", section);
    });

    /// <summary>What the edge can count as a cause of a failed watch has advice.</summary>
    [Fact]
    public void EveryCauseOfAFailedWatch_IsAdvisedOn()
    {
        string section = Regex.Match(Page, "^### OpenClawWatchStale\n(.*?)^##", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;
        Assert.All(ApiFault.Labels, cause => Assert.Contains($"`{cause}`", section, StringComparison.Ordinal));
    }
}
