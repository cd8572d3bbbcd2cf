// What a drill says on a terminal: a table, the stories, the picture of one run, the sum of it. Main thread; writes where it is
// told.

using System.Globalization;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Simulate;

namespace OpenClaw.Edge.Drill;

/// <param name="rate">The rate as it was asked for.</param>
internal sealed class DrillReport(Setup setup, string rate, IReadOnlyList<Verdict> verdicts)
{
    private const int PanelLines = 3;

    public void Write(TextWriter output, Chart chart)
    {
        List<string> lines = [.. Wrap(Heading()), .. Wrap(GuardLine()), "", Row("scenario", "due", "trips", "false", "median", "p95", "harmed", "cause")];
        lines.AddRange(verdicts.Select(Row));
        lines.Add("");
        lines.AddRange(verdicts.SelectMany(verdict => Prose.Wrap($"{verdict.Incident.Name,-14} {verdict.Incident.Words}", Chart.Width, indent: 15)));
        lines.Add("");
        lines.AddRange(Picture(chart, Drawn()));
        lines.Add("");
        lines.AddRange(Notes().SelectMany(Wrap));
        lines.ForEach(output.WriteLine);
    }

    /// <summary>What was rehearsed, in one line; the picture's title too.</summary>
    public string Heading() =>
        $"{Naming.Short(setup.Canary.Version)} at {Percent(setup.Canary.Weight)} of {rate}; {setup.Runs} run(s) each, {setup.Workers} worker(s), seed {setup.Seed}";

    public string GuardLine()
    {
        GuardSettings guard = setup.Policy.Guard;
        RatingSettings rating = setup.Policy.Rating;
        string failures = guard.ConsecutiveFailures == 0 ? "no fast trip" : $"fast trip after {guard.ConsecutiveFailures} failures";
        string bucket = setup.Policy.Bucket is { } tokens ? $"; bucket of {Wording.Show(tokens.Capacity)}, refilled at {Wording.Show(tokens.RefillRate)}/s" : "";
        return $"guard {GuardLabels.Of(guard.Mode)}: failBelow {Wording.Show(guard.FailBelow)} every {Wording.Show(guard.Interval)}, alpha {Wording.Show(guard.Alpha)}, {failures}; "
            + $"latency target {Wording.Show(rating.LatencyTarget)}{bucket}";
    }

    /// <summary>What went wrong, one line each; or that nothing did.</summary>
    public IEnumerable<string> Notes()
    {
        foreach (Verdict verdict in verdicts.Where(verdict => !verdict.IsAsExpected))
        {
            string[] faults =
            [
                .. verdict.Missed > 0 ? [$"{verdict.Missed} of {setup.Runs} run(s) did not trip within {Wording.Show(setup.WatchedOf(verdict.Incident))}"] : Array.Empty<string>(),
                .. verdict.FalseAlarms > 0 ? [$"{verdict.FalseAlarms} of {setup.Runs} run(s) tripped without a reason"] : Array.Empty<string>(),
            ];
            yield return $"not as expected: {verdict.Incident.Name}: {string.Join("; ", faults)}";
        }

        yield return $"{verdicts.Count(verdict => verdict.IsAsExpected)} of {verdicts.Count} as expected";
        if (setup.Policy.Guard.Mode != GuardMode.Enforce)
        {
            yield return $"note: guard.mode is {GuardLabels.Of(setup.Policy.Guard.Mode)}: {(setup.Policy.Guard.Mode == GuardMode.Off ? "it never looks" : "it says what it would do, and does not do it")}";
        }
    }

    public string Svg() => DrillPicture.Draw(Heading(), [GuardLine(), .. Notes()], verdicts.Select(verdict => ($"{verdict.Incident.Name}: {Outcome(verdict)}", verdict.Trace)));

    /// <summary>The first that went wrong; else the first of all.</summary>
    private Verdict Drawn() => verdicts.FirstOrDefault(verdict => !verdict.IsAsExpected) ?? verdicts[0];

    private static IEnumerable<string> Picture(Chart chart, Verdict verdict)
    {
        Trace trace = verdict.Trace;
        Excerpt cut = trace.Cut();
        string fault = verdict.Incident.MustTrip || trace.Onset > 0 ? $"; the fault begins at {Span(trace.Onset)}" : "";
        foreach (string line in Wrap($"the first run of {verdict.Incident.Name}: {Outcome(verdict)}{fault}"))
        {
            yield return line;
        }

        double errors = Axis.Top(Math.Max(0.01, cut.Errors.Max()));
        foreach (string line in chart.Panel("the canary's score", Ink.Canary, cut.Score, 1, PanelLines)
            .Concat(chart.Panel("its error rate", Ink.Spilled, cut.Errors, errors, PanelLines))
            .Concat(chart.Panel("evidence of the sequential test; 1: it trips", Ink.Bucket, cut.Evidence, 1, PanelLines))
            .Concat(chart.Times(trace.Duration)))
        {
            yield return line;
        }
    }

    /// <summary>How the first run ended.</summary>
    private static string Outcome(Verdict verdict)
    {
        Ending first = verdict.Endings[0];
        return first is not { TrippedAt: { } at, Cause: { } cause } ? "not taken out"
            : verdict.Incident.Onset == TimeSpan.Zero ? $"taken out at {Span(at)} ({GuardLabels.Of(cause)})"
            : at < 0 ? $"taken out {Span(-at)} before the fault ({GuardLabels.Of(cause)})"
            : $"taken out after {Span(at)} ({GuardLabels.Of(cause)})";
    }

    private static string Row(Verdict verdict) => Row(
        verdict.Incident.Name, verdict.Incident.MustTrip ? "trip" : "never", $"{verdict.Tripped}/{verdict.Endings.Count}", $"{verdict.FalseAlarms}",
        Span(Verdict.Quantile(verdict.Detections, 0.5)), Span(Verdict.Quantile(verdict.Detections, 0.95)),
        verdict.Incident.MustTrip ? verdict.Harmed.ToString("#,0", CultureInfo.InvariantCulture) : "-",
        verdict.Tripped == 0 ? "-" : string.Join(", ", verdict.Causes.Take(2).Select(cause => GuardLabels.Of(cause.Cause))));

    private static string Row(string name, string due, string trips, string wrong, string median, string p95, string harmed, string causes) =>
        $"{name,-14} {due,-5} {trips,7} {wrong,5} {median,8} {p95,8} {harmed,7}  {causes}";

    /// <summary>With three digits or so: nobody needs more of a chance's outcome.</summary>
    private static string Span(long? nanoseconds) => nanoseconds is not { } known ? "-" : (known / 1e9) switch
    {
        < 100 => string.Create(CultureInfo.InvariantCulture, $"{known / 1e9:0.0#} s"),
        < 6000 => string.Create(CultureInfo.InvariantCulture, $"{known / 60e9:0.0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{known / 3600e9:0.0} h"),
    };

    private static IEnumerable<string> Wrap(string text) => Prose.Wrap(text, Chart.Width);

    private static string Percent(double share) => Math.Round(share * 100, 3).ToString("0.###", CultureInfo.InvariantCulture) + " %";
}
