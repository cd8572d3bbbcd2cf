// The flags that say which requests simulate is to make up, or where it finds them. Values pass the rules of the configuration
// files. Main thread.

using System.CommandLine;
using System.Globalization;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Simulate;

namespace OpenClaw.Edge.Cli;

/// <param name="words">What comes, for people.</param>
/// <param name="rate">Requests per second to be expected.</param>
/// <param name="duration">Nanoseconds.</param>
internal sealed class Flow(string words, IEnumerable<long> arrivals, double rate, long duration)
{
    public string Words => words;

    public IEnumerable<long> Arrivals => arrivals;

    public double Rate => rate;

    public long Duration => duration;
}

internal sealed class TrafficFlags
{
    public const string RateForm = "N[/s|/m|/h]";

    private const double RateMax = 10_000_000;
    private static readonly TimeSpan DurationMax = TimeSpan.FromDays(3650); // a bucket's clock reaches a little further

    private readonly Option<string?> _rate = ConfigurationFlags.Text("--rate", RateForm, "requests per second, minute or hour: 40, 3/m");
    private readonly Option<string?> _duration = ConfigurationFlags.Text("--duration", "TIME", "how long: 500ms, 30s, 5m, 24h (default 5m)");
    private readonly Option<string?> _arrivals = ConfigurationFlags.Text(
        "--arrivals", "poisson|even", "how the requests of --rate come: poisson, independent of each other as those of many clients are (default), or even, as from a clock");
    private readonly Option<string[]> _burst = new("--burst")
    {
        HelpName = "N@TIME",
        Description = "N more requests at once, every TIME (20@1s); repeatable",
    };
    private readonly Option<string?> _replay = ConfigurationFlags.Text(
        "--replay", "FILE", "instead of all these, the arrivals of an access log of the edge, json or text (-: standard input)");

    public TrafficFlags() => _arrivals.AcceptOnlyFromAmong("poisson", "even");

    public void AddTo(Command command) => CommandLine.Add(command, _rate, _duration, _arrivals, _burst, _replay);

    /// <returns>Null: what is wrong has joined the problems.</returns>
    public Flow? Read(ParseResult parsed, int seed, TextWriter error, List<string> problems) =>
        parsed.GetValue(_replay) is { } log ? Replay(parsed, log, error, problems) : Generate(parsed, seed, problems);

    private Flow? Generate(ParseResult parsed, int seed, List<string> problems)
    {
        string rateText = parsed.GetValue(_rate) ?? "0";
        double rate = CommandLine.Value<double>("--rate", rateText, ReadRate, problems);
        TimeSpan span = CommandLine.Value("--duration", parsed.GetValue(_duration) ?? "5m", Rules.Duration(TimeSpan.FromMilliseconds(1), DurationMax).Judge, problems);
        string[] burstTexts = parsed.GetValue(_burst) ?? [];
        Burst[] bursts = [.. burstTexts.Select(text => CommandLine.Value<Burst>("--burst", text, ReadBurst, problems))];
        problems.AddRange(burstTexts.Where((_, i) => span > TimeSpan.Zero && bursts[i].Period >= span.Ticks * 100)
            .Select(text => $"--burst: {Wording.Show(text)} never comes within {Wording.Show(span)}; it comes at the end of every time, so lengthen --duration"));
        if (problems.Count > 0)
        {
            return null;
        }

        long duration = span.Ticks * 100;
        double requests = (rate * span.TotalSeconds) + bursts.Sum(burst => (double)burst.Count * ((duration - 1) / burst.Period));
        if (requests > Simulation.RequestsMax)
        {
            problems.Add($"simulate: that is {requests.ToString("#,0", CultureInfo.InvariantCulture)} requests; {Simulation.RequestsMax:#,0} is the most; shorten --duration");
        }
        else if (requests == 0)
        {
            problems.Add("simulate: nothing comes; write --rate 40, --burst 20@1s or --replay access.log");
        }

        bool even = parsed.GetValue(_arrivals) == "even";
        IEnumerable<long> steady = even ? Arrivals.Even(rate, duration) : Arrivals.Poisson(rate, duration, seed);
        List<string> words = rate > 0 ? [$"{WithUnit(rateText)} {(even ? "even" : "poisson")}"] : [];
        words.AddRange(burstTexts.Select(text => $"{text} at once"));
        return new Flow(
            $"{string.Join(" and ", words)} for {Wording.Show(span)}", Arrivals.Merge([steady, .. bursts.Select(burst => Arrivals.Bursts(burst, duration))]), requests / span.TotalSeconds, duration);
    }

    private Flow? Replay(ParseResult parsed, string path, TextWriter error, List<string> problems)
    {
        foreach (Option other in new Option[] { _rate, _duration, _arrivals, _burst }.Where(other => parsed.GetResult(other) is { Implicit: false }))
        {
            problems.Add($"{other.Name}: does not go with --replay, which brings its own arrivals");
        }

        if (problems.Count > 0)
        {
            return null;
        }

        try
        {
            using TextReader reader = path == "-" ? Console.In : new StreamReader(path);
            if (LogReplay.Read(reader, Simulation.RequestsMax) is not { } replay)
            {
                problems.Add($"--replay: {Wording.Show(path)} holds more than {Simulation.RequestsMax:#,0} requests; take a part of it");
                return null;
            }

            if (replay.Duration > DurationMax.Ticks * TimeSpan.NanosecondsPerTick)
            {
                problems.Add($"--replay: {Wording.Show(path)} covers more than {Wording.Show(DurationMax)}; take a part of it");
            }
            else if (replay.Arrivals.Count == 0)
            {
                problems.Add($"--replay: {Wording.Show(path)} holds no request of an access log of the edge ({replay.Foreign} other lines)");
            }
            else if (replay.Foreign > 0)
            {
                error.WriteLine($"--replay: warning: {replay.Foreign} lines are none of an access log of the edge, and were passed over");
            }

            string left = replay.Undecided > 0 ? $", without {replay.Undecided} that no version answered" : "";
            double seconds = Math.Max(replay.Duration, 1) / 1e9;
            return new Flow($"arrivals of {Wording.Show(path)}{left}", replay.Arrivals, replay.Arrivals.Count / seconds, Math.Max(replay.Duration, 1));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            problems.Add($"--replay: {Wording.Show(path)} {ConfigurationFile.Reason(path, e)}");
            return null;
        }
    }

    /// <summary>A number, and what it is counted in.</summary>
    public static string? ReadRate(string text, out double perSecond)
    {
        int slash = text.IndexOf('/');
        double seconds = slash < 0 ? 1 : text[slash..] switch { "/s" => 1, "/m" => 60, "/h" => 3600, _ => 0 };
        if (seconds == 0)
        {
            perSecond = 0;
            return "has another unit than /s, /m or /h";
        }

        string? problem = Rules.Number(0, RateMax).Judge(slash < 0 ? text : text[..slash], out perSecond);
        perSecond /= seconds;
        return problem;
    }

    /// <summary>A rate as it was written, and what it is counted in.</summary>
    public static string WithUnit(string rate) => rate.Contains('/') ? rate : rate + "/s";

    private static string? ReadBurst(string text, out Burst burst)
    {
        burst = new Burst(0, 1);
        int at = text.IndexOf('@');
        if (at < 0)
        {
            return "is no burst; write 20@1s: twenty at once every second";
        }

        string? problem = Rules.Count(1, 10_000_000).Judge(text[..at], out int count);
        problem = problem is null ? null : $"has a count that {problem}";
        string? timing = Rules.Duration(TimeSpan.FromMilliseconds(1), DurationMax).Judge(text[(at + 1)..], out TimeSpan period);
        problem ??= timing is null ? null : $"has a time that {timing}";
        burst = problem is null ? new Burst(count, period.Ticks * 100) : burst;
        return problem;
    }
}
