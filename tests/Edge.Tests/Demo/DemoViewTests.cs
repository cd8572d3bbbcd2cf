// What somebody who has just started the demo gets to see, before and after the guard has done its work.

using System.Text;
using System.Text.RegularExpressions;
using OpenClaw.Edge.Demo;

namespace OpenClaw.Edge.Tests.Demo;

public sealed class DemoViewTests : IDisposable
{
    private const string Reason = "over the latency target: 17 of 177 canary requests (9.6 %), 0 of as many baseline requests; evidence e^10.2 over threshold e^8.7, epoch 1";

    private readonly DemoLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    private DemoFrame Frame(string canary, bool broken = false, double weight = 0.1) => new(
        EdgeStatus.Read(Encoding.UTF8.GetBytes($$$"""
            {"uptimeSeconds":1234.5,"weight":{"effective":{{{weight}}},"bySource":{"policy":0.1} },"share":{"asked":0.1,"achieved":0.1,"eligible":1234567,"errorRequests":-0.5},
             "bucket":{"tokens":50,"capacity":50,"refillRate":25,"spilled":12345},"versions":[{"name":"v1","score":1,"lower":0.9,"upper":1},{"name":"v2","score":0.4,"lower":0.3,"upper":0.5}],
             "guard":{"mode":"enforce","canaries":[{"version":"v2",{{{canary}}},"evidence":{"errors":{"logE":3,"logThreshold":9},"latency":{"logE":1,"logThreshold":9} } } ] } }
            """)),
        new Traffic(_loop.Loop, 1, 200), 180, 20, broken, Slow: false, ["12:00:00 one", "12:00:01 two"]);

    private static string[] Picture(DemoFrame frame) =>
        [.. new DemoView(new DemoPorts(65535, 65534, 65533), "/tmp/policy.yaml", 200).Picture(frame).Select(line => Regex.Replace(line, @"\e\[\d+m", ""))];

    [Fact]
    public void GuardThatHolds_ShowsHowMuchOfTheProofThereIs()
    {
        string[] lines = Picture(Frame("\"state\":\"holding\"", broken: true));
        Assert.StartsWith("GUARD   ████████████░░░░░░░░░░░░░░░░░░░░░░░░  33 % of the proof needed; holding", lines[16]);
        Assert.Contains("press b or s", lines[18]);
        Assert.EndsWith(" broken", lines[13]);
        Assert.DoesNotContain("let v2 back in", lines[^1]);
        Assert.Contains("| guard holding 33 %", DemoView.Line(Frame("\"state\":\"holding\"")));
    }

    [Fact]
    public void GuardThatHasTripped_ShowsWhyAndTheWayBack()
    {
        string[] lines = Picture(Frame($"\"state\":\"tripped\",\"cause\":\"latency\",\"reason\":\"{Reason}\"", broken: true, weight: 0));
        Assert.EndsWith("░  0.00 % to v2 (policy: 10.00 %)", lines[5]);
        Assert.EndsWith("█  v2 is out: latency", lines[16]);
        Assert.Equal("        over the latency target: 17 of 177 canary requests (9.6 %)", lines[17]);
        Assert.Equal("        0 of as many baseline requests", lines[18]);
        Assert.EndsWith(" held", lines[13]);
        Assert.Contains("r  let v2 back in", lines[^1]);
        Assert.Contains("| guard tripped: latency", DemoView.Line(Frame("\"state\":\"tripped\",\"cause\":\"latency\"")));
    }

    [Fact]
    public void GuardThatObserves_SaysWhatItWouldDo() =>
        Assert.EndsWith("v2 would be out: errors", Picture(Frame("\"state\":\"holding\",\"wouldTrip\":{\"cause\":\"errors\",\"reason\":\"errors: many\"}"))[16]);

    [Fact]
    public void Picture_FitsTheSmallestTerminal()
    {
        foreach (string canary in new[] { "\"state\":\"learning\"", $"\"state\":\"tripped\",\"cause\":\"failures\",\"reason\":\"{Reason}\"" })
        {
            string[] lines = Picture(Frame(canary, broken: true));
            Assert.Equal(24, lines.Length);
            Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        }
    }
}
