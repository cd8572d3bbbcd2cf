// What a simulation says on a terminal: a table, the picture, the advice. Main thread; writes where it is told.

using System.Globalization;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Simulate;

/// <param name="stable">Name of the stable version.</param>
/// <param name="traffic">What comes, in words.</param>
internal sealed class Naming(string stable, string traffic)
{
    public string Stable => stable;

    public string Traffic => traffic;

    private const int NameMax = 24, Head = 9;

    /// <summary>A name and its role.</summary>
    public const int ShortMax = NameMax + 7;

    /// <summary>A version's name as a table can hold it, without its middle: releases differ at the end. Without edge.yaml a policy may name anything.</summary>
    public static string Short(string name)
    {
        string shown = Wording.Show(name);
        return shown.Length <= NameMax ? shown : $"{shown[..Head]}...{shown[^(NameMax - Head - 3)..]}";
    }
}

internal sealed class Report(Scenario scenario, Naming naming, SimulationResult result)
{
    private RolloutPolicy Policy => scenario.Policy;

    private Timeline Time => result.Timeline;

    public void Write(TextWriter output, Chart chart)
    {
        List<string> lines = [.. Prose.Wrap(Heading(), Chart.Width), .. Prose.Wrap(BucketLine(), Chart.Width), ""];
        lines.AddRange(Table());
        lines.Add("");
        lines.AddRange(Totals().SelectMany(line => Prose.Wrap(line, Chart.Width, indent: "share    ".Length)));
        lines.Add("");
        lines.AddRange(Picture(chart));
        if (Advice() is { } advice)
        {
            lines.Add("");
            lines.AddRange(Prose.Wrap(advice, Chart.Width));
        }

        lines.ForEach(output.WriteLine);
    }

    /// <summary>What was simulated, in one line; the picture's title too.</summary>
    public string Heading() =>
        (Policy.Canaries.Count == 0 ? "no canary: everything goes to stable"
        : string.Join(", ", Policy.Canaries.Select(canary => $"{Naming.Short(canary.Version)} at {Percent(canary.Weight)}"))) + $"; {naming.Traffic}";

    public string BucketLine() => Policy.Bucket is { } bucket
        ? $"bucket of {Number(bucket.Capacity)} tokens, refilled at {Number(bucket.RefillRate)}/s, {(bucket.StartsEmpty ? "empty" : "full")} at the start; {scenario.Workers} worker(s)"
        : $"no bucket: the canary has no cap; {scenario.Workers} worker(s)";

    private IEnumerable<string> Table()
    {
        yield return Row("version", "requests", "share", "mean/s", "peak/s");
        yield return Row(naming.Stable == "stable" ? "stable" : $"{Naming.Short(naming.Stable)} stable", result.Stable);
        if (result.Baseline > 0)
        {
            yield return Row("  of these baseline", result.Baseline);
        }

        for (int i = 0; i < Policy.Canaries.Count; i++)
        {
            yield return Row($"{Naming.Short(Policy.Canaries[i].Version)} canary", result.Canaries[i].Requests, $"{result.Canaries[i].Peak}");
        }

        if (Policy.Canaries.Count > 1)
        {
            yield return Row("all canaries", result.Together.Requests, $"{result.Together.Peak}");
        }
    }

    private string Row(string name, long requests, string peak = "") =>
        Row(name, Count(requests), Percent(Part(requests, result.Requests), 2), (requests * 1e9 / Time.Duration).ToString("#,0.00", CultureInfo.InvariantCulture), peak);

    private static string Row(string name, string requests, string share, string mean, string peak) =>
        $"{name,-Naming.ShortMax} {requests,12} {share,9} {mean,11} {peak,9}".TrimEnd();

    private IEnumerable<string> Totals()
    {
        ShareTotals share = result.Share;
        string off = ShareTotals.Shown(share.ErrorRequests).ToString("+0.00;-0.00", CultureInfo.InvariantCulture);
        yield return $"share    asked {Percent(Part(share.AskedTurns, share.Eligible), 2)}, achieved {Percent(Part(result.Together.Requests, result.Requests), 2)}; " +
            $"{Count(share.Turns)} turns, off by {off}";
        if (Policy.Bucket is { } bucket)
        {
            yield return $"spilled  {Count(result.Spilled)} turns without a token ({Percent(Part(result.Spilled, share.Turns), 1)}), taken by {Naming.Short(naming.Stable)}";
            yield return $"bucket   at least {Number(result.LevelMin)} tokens, {Number(result.LevelEnd)} at the end; " +
                $"{result.Together.Peak} taken within a second, of {Number(bucket.Capacity + bucket.RefillRate)} at most";
        }

        if (Policy.Abort)
        {
            yield return "abort    is set, and passed over here: with it everything goes to stable";
        }

        if (Policy.Stickiness is not null)
        {
            yield return "sessions are passed over here: every request is taken for the first of a new one";
        }
    }

    private IEnumerable<string> Picture(Chart chart)
    {
        int lines = Policy.Canaries.Count > 2 ? 3 : 4;
        IEnumerable<string> Rates(string title, Ink ink, long[] counts) => chart.Panel(title, ink, Time.PerSecond(counts), Axis.Top(Time.PerSecond(counts).Max()), lines);
        List<string> picture = [.. Rates($"requests/s to {Naming.Short(naming.Stable)}", Ink.Stable, Time.Stable)];
        for (int i = 0; i < Policy.Canaries.Count; i++)
        {
            picture.AddRange(Rates($"requests/s to {Naming.Short(Policy.Canaries[i].Version)}", Ink.Canary, Time.Canaries[i]));
        }

        if (Policy.Bucket is { } bucket)
        {
            picture.AddRange(Rates("turns/s that found no token", Ink.Spilled, Time.Spilled));
            picture.AddRange(chart.Panel("tokens in the bucket", Ink.Bucket, Time.Level, bucket.Capacity, lines));
        }

        picture.AddRange(chart.Times(Time.Duration));
        return picture;
    }

    public string Svg()
    {
        string[] notes = [BucketLine(), .. Totals(), .. Advice() is { } advice ? [advice] : Array.Empty<string>()];
        SvgPicture picture = new(Wrapped([Heading()]), Wrapped(notes), Time.Duration, Time.Step);
        SvgPicture.Series[] canaries = [.. Policy.Canaries.Select((canary, i) => new SvgPicture.Series(Naming.Short(canary.Version), $"canary{i}", Time.PerSecond(Time.Canaries[i]), filled: true))];
        picture.Add("All requests", "requests/s", [new SvgPicture.Series(Naming.Short(naming.Stable), "stable", Time.PerSecond(Time.Stable), filled: true), .. canaries]);
        if (canaries.Length > 0)
        {
            SvgPicture.Series[] spilled = Policy.Bucket is null ? [] : [new SvgPicture.Series("turns without a token", "spilled", Time.PerSecond(Time.Spilled))];
            picture.Add(canaries.Length == 1 ? "The canary" : "The canaries", "requests/s", [.. canaries, .. spilled], Policy.Bucket is { } cap ? new SvgPicture.Mark("refill rate", cap.RefillRate) : null);
        }

        if (Policy.Bucket is { } bucket)
        {
            picture.Add("The bucket", "tokens", [new SvgPicture.Series("level", "bucket", Time.Level, filled: true)], new SvgPicture.Mark("capacity", bucket.Capacity));
        }

        return picture.ToString();
    }

    private static string[] Wrapped(IEnumerable<string> lines) => [.. lines.SelectMany(line => Prose.Wrap(line, SvgPicture.LineMax))];

    private string? Advice() => result.Advice.Text == "" ? null : $"{result.Advice.Severity}: {result.Advice.Text}";

    private static string Percent(double share, int digits = 3) => Math.Round(share * 100, digits).ToString("0.###", CultureInfo.InvariantCulture) + " %";

    private static double Part(double part, double whole) => whole == 0 ? 0 : part / whole;

    private static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("#,0.##", CultureInfo.InvariantCulture);
}
