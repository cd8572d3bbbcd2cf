// The demo's two faces: a picture of some twenty lines for a terminal, one line a second for everything else. Turns what was
// seen into text; writes nothing itself. Numbers of the clients are counted by the clients, all others are the edge's own.

using System.Globalization;

namespace OpenClaw.Edge.Demo;

/// <summary>What one look at the demo shows.</summary>
/// <param name="StablePerSecond">Answers of the stable version in the last second.</param>
internal readonly record struct DemoFrame(
    EdgeStatus Edge, Traffic Traffic, double StablePerSecond, double CanaryPerSecond, bool Broken, bool Slow, IReadOnlyList<string> LogLines);

internal sealed class DemoView(DemoPorts ports, string policyPath, int rate)
{
    private const int BarWidth = 36, ScaleWidth = 12;

    private const string Plain = "\e[0m", Bold = "\e[1m", Dim = "\e[2m", Red = "\e[31m", Green = "\e[32m", Yellow = "\e[33m", Blue = "\e[34m", Cyan = "\e[36m";

    /// <summary>Where everything is; for those who get no picture.</summary>
    public IReadOnlyList<string> Introduction =>
    [
        "OpenClaw Edge demo: a real edge, two small versions of a service behind it, traffic in front.",
        $"  proxy    http://127.0.0.1:{ports.Http}  and  https://127.0.0.1:{ports.Https} (certificate of its own, so curl -k)",
        $"  status   http://127.0.0.1:{ports.Admin}/status",
        $"  metrics  http://127.0.0.1:{ports.Admin}/metrics",
        $"  policy   {policyPath}  <- edit it and watch",
        "",
    ];

    /// <summary>One line for pipes and logs.</summary>
    public static string Line(in DemoFrame frame)
    {
        EdgeStatus edge = frame.Edge;
        Traffic traffic = frame.Traffic;
        string bucket = double.IsNaN(edge.Capacity) ? "-" : $"{Number(edge.Tokens, 1)}/{Number(edge.Capacity, 0)} spilled {Number(edge.Spilled, 0)}";
        return $"{Number(edge.Uptime, 0),4} s | weight {Percent(edge.Weight)} | share asked {Percent(edge.Asked)} achieved {Percent(edge.Achieved)} error {Off(edge)} of {Number(edge.Eligible, 0)} requests"
            + $" | bucket {bucket}"
            + $" | {DemoFiles.Stable} {frame.StablePerSecond:0}/s {Rating(edge.Stable)} | {DemoFiles.Canary} {frame.CanaryPerSecond:0}/s {Rating(edge.Canary)}"
            + $" | guard {GuardWords(edge.Guard)}"
            + $" | 2xx {OfClass(traffic, 2)} 4xx {OfClass(traffic, 4)} 5xx {OfClass(traffic, 5)} lost {traffic.Lost}";
    }

    /// <summary>The picture, line by line, in 24 lines of 80 columns but for the policy's path and the log.</summary>
    public IReadOnlyList<string> Picture(in DemoFrame frame)
    {
        EdgeStatus edge = frame.Edge;
        Traffic traffic = frame.Traffic;
        List<string> lines =
        [
            $"{Bold}OpenClaw Edge{Plain} {Dim}demo{Plain}   {rate} requests/s, a real edge, two versions   {Dim}up {Number(edge.Uptime, 0)} s{Plain}",
            $"  {Dim}proxy   {Plain} {Cyan}http://127.0.0.1:{ports.Http}{Plain}   {Cyan}https://127.0.0.1:{ports.Https}{Plain} {Dim}(curl -k){Plain}",
            $"  {Dim}side    {Plain} {Cyan}http://127.0.0.1:{ports.Admin}/status{Plain}   {Cyan}/metrics{Plain}",
            $"  {Dim}policy  {Plain} {Cyan}{policyPath}{Plain}  {Dim}<- edit it and watch{Plain}",
            "",
            $"{Bold}WEIGHT{Plain}  {Bar(edge.Weight, Yellow, Blue)}  {Bold}{Percent(edge.Weight)}{Plain} to {DemoFiles.Canary}{Instead(edge)}",
            $"        {Dim}asked{Plain} {Percent(edge.Asked)}{Dim}, got{Plain} {Percent(edge.Achieved)}{Dim}: off by{Plain} {Off(edge)} {Dim}of{Plain} {Number(edge.Eligible, 0)} {Dim}requests, never 1{Plain}",
            "",
            BucketBar(edge),
            $"        {Dim}at most{Plain} {Number(edge.RefillRate, 2)}/s {Dim}to the canary;{Plain} {Number(edge.Spilled, 0)} {Dim}turns without a token went to {DemoFiles.Stable}{Plain}",
            "",
            $"{Bold}VERSION{Plain}    {Dim}req/s     mean      2xx     4xx     5xx  rating 0{Plain} {Dim}{new string(' ', ScaleWidth - 3)}1{Plain}",
            VersionLine(DemoFiles.Stable, "stable", frame.StablePerSecond, traffic.Stable, edge.Stable, ""),
            VersionLine(DemoFiles.Canary, "canary", frame.CanaryPerSecond, traffic.Canary, edge.Canary, Remark(frame)),
            $"{Dim}answers of the edge itself{Plain} {traffic.Edge.Requests}{Dim}, requests without an answer{Plain} {Alarm(traffic.Lost)}",
            "",
            GuardBar(edge.Guard),
            .. GuardReason(edge.Guard).Select(line => $"        {line}"),
            "",
        ];
        lines.AddRange(frame.LogLines.Select(line => $"{Dim}log{Plain}     {Shorten(line)}"));
        lines.Add("");
        string reset = edge.Guard.IsTripped ? Key("r", $"let {DemoFiles.Canary} back in") : "";
        lines.Add($"{Key("b", frame.Broken ? "mend v2" : "break v2")}{Key("s", frame.Slow ? "speed v2 up" : "slow v2 down")}{reset}{Key("+ -", "weight")}{Key("q", "quit")}");
        return lines;
    }

    /// <summary>What stays on the terminal when the picture has gone.</summary>
    public static string Summary(Traffic traffic, EdgeStatus edge) =>
        $"{traffic.Stable.Requests} requests to {DemoFiles.Stable}, {traffic.Canary.Requests} to {DemoFiles.Canary}, {traffic.Lost} lost;"
        + $" the share was off by {Off(edge)} of {Number(edge.Eligible, 0)} requests.";

    private static string VersionLine(string name, string role, double perSecond, VersionSeen seen, VersionStatus status, string remark)
    {
        string color = role == "stable" ? Blue : Yellow;
        return $"{color}{Bold}{name}{Plain} {Dim}{role}{Plain}{perSecond,7:0} {seen.MeanMilliseconds,6:0.0}ms {seen.OfClass(2),8} {seen.OfClass(4),7} {Alarm(seen.OfClass(5), 7)}   {Number(status.Score, 3),5} {Scale(status, color)}{Red}{remark}{Plain}";
    }

    /// <summary>A score between its bounds on a scale from 0 to 1.</summary>
    private static string Scale(VersionStatus status, string color)
    {
        if (double.IsNaN(status.Score))
        {
            return $"{Dim}{new string('·', ScaleWidth)}{Plain}";
        }

        int lower = Cell(status.Lower), score = Cell(status.Score), upper = Cell(status.Upper);
        char[] cells = [.. Enumerable.Range(0, ScaleWidth).Select(i => i == score ? '●' : i >= lower && i <= upper ? '─' : '·')];
        return $"{Dim}{new string(cells, 0, lower)}{Plain}{color}{new string(cells, lower, upper - lower + 1)}{Plain}{Dim}{new string(cells, upper + 1, ScaleWidth - upper - 1)}{Plain}";

        static int Cell(double value) => double.IsNaN(value) ? 0 : Math.Clamp((int)(value * ScaleWidth), 0, ScaleWidth - 1);
    }

    /// <summary>What to know of the canary: its score is held, or it is bad on purpose.</summary>
    private static string Remark(in DemoFrame frame) => frame.Edge.Guard.IsTripped ? " held" : frame.Broken ? " broken" : frame.Slow ? " slow" : "";

    /// <summary>What the policy asks for, where the guard has taken it away.</summary>
    private static string Instead(EdgeStatus edge) => edge.Guard.IsTripped && edge.Weight < edge.PolicyWeight ? $" {Dim}(policy:{Plain} {Percent(edge.PolicyWeight)}{Dim}){Plain}" : "";

    private static string GuardBar(GuardSeen guard)
    {
        double proof = guard.IsTripped ? 1 : Math.Clamp(guard.Proof, 0, 1);
        string color = proof < 0.5 ? Green : proof < 1 ? Yellow : Red;
        string words = guard.IsTripped ? $"{Red}{Bold}{DemoFiles.Canary} is out: {guard.Cause}{Plain}"
            : guard.Cause.Length > 0 ? $"{Yellow}{DemoFiles.Canary} would be out: {guard.Cause}{Plain}"
            : $"{Bold}{Number(100 * proof, 0)} %{Plain} {Dim}of the proof needed; {guard.State}{Plain}";
        return $"{Bold}GUARD{Plain}   {Bar(proof, color, Dim)}  {words}";
    }

    /// <summary>In two lines: the canary's numbers, and the baseline's; not what only a statistician misses.</summary>
    private static string[] GuardReason(GuardSeen guard)
    {
        if (guard.Reason.Length == 0)
        {
            return [$"{Dim}compares {DemoFiles.Canary} with as many requests of {DemoFiles.Stable} of the same moments;{Plain}", $"{Dim}press b or s and see how soon it is out{Plain}"];
        }

        string reason = guard.Reason.Split(';')[0];
        int comma = reason.LastIndexOf(", ", StringComparison.Ordinal);
        return comma < 0 ? [reason, ""] : [reason[..comma], reason[(comma + 2)..]];
    }

    private static string GuardWords(GuardSeen guard) =>
        guard.IsTripped ? $"tripped: {guard.Cause}" : guard.Cause.Length > 0 ? $"would trip: {guard.Cause}" : $"{guard.State} {Number(100 * Math.Clamp(guard.Proof, 0, 1), 0)} %";

    private static string BucketBar(EdgeStatus edge)
    {
        double level = edge.Tokens / edge.Capacity;
        string color = level < 0.1 ? Red : level < 0.5 ? Yellow : Green;
        return $"{Bold}BUCKET{Plain}  {Bar(level, color, Dim)}  {Bold}{Number(edge.Tokens, 1)}{Plain} of {Number(edge.Capacity, 0)} tokens";
    }

    private static string Bar(double part, string full, string empty)
    {
        int cells = double.IsNaN(part) ? 0 : (int)Math.Round(Math.Clamp(part, 0, 1) * BarWidth);
        return $"{full}{new string('█', cells)}{Plain}{empty}{new string('░', BarWidth - cells)}{Plain}";
    }

    private static string Key(string key, string what) => $"  \e[7m {key} {Plain} {what}";

    private static string Alarm(long count, int width = 0) => $"{(count == 0 ? "" : Red)}{count.ToString().PadLeft(width)}{Plain}";

    private static string Rating(VersionStatus status) => $"{Number(status.Score, 3)} [{Number(status.Lower, 3)}, {Number(status.Upper, 3)}]";

    private static long OfClass(Traffic traffic, int statusClass) =>
        traffic.Stable.OfClass(statusClass) + traffic.Canary.OfClass(statusClass) + traffic.Edge.OfClass(statusClass);

    /// <summary>A revision's first digits tell it apart as well as all 64.</summary>
    private static string Shorten(string line)
    {
        const string Mark = "sha256:";
        const int DigitsKept = 8, Digits = 64;
        int at = line.IndexOf(Mark, StringComparison.Ordinal);
        return at < 0 || line.Length < at + Mark.Length + Digits ? line : line.Remove(at + Mark.Length + DigitsKept, Digits - DigitsKept);
    }

    private static string Percent(double share) => double.IsNaN(share) ? "-" : $"{Number(100 * share, 2)} %";

    /// <summary>What is less than a whole request never looks like one.</summary>
    private static string Off(EdgeStatus edge)
    {
        double error = edge.ErrorRequests;
        double off = Math.Abs(error) < 1 ? Math.Clamp(Math.Round(error, 2), -0.99, 0.99) : error;
        return off > 0 ? "+" + Number(off, 2) : Number(off, 2);
    }

    private static string Number(double value, int decimals) =>
        double.IsNaN(value) ? "-" : value.ToString("N" + decimals, CultureInfo.InvariantCulture);
}
