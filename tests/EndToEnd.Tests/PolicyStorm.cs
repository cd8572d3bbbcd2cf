// An edge under load whose policy file is replaced twenty times a second, and afterwards every request with all that is known of it: what the client,
// the edge's access log and the upstreams say. Times are nanoseconds since the storm began.

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using OpenClaw.TestKit.Laws;

namespace OpenClaw.EndToEnd.Tests;

/// <param name="Logged">When the edge began with it by its own log, to the millisecond.</param>
/// <param name="Arrived">When it came to an upstream.</param>
internal readonly record struct Witnessed(long Number, Verdict Verdict, int Canary, bool IsBaseline, long Sent, long Logged, long Arrived, long Answered);

internal sealed class PolicyStorm : IAsyncDisposable
{
    private const int Connections = 16;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);

    private readonly TestFolder _folder = new();
    private readonly string[] _versions;
    private readonly StampingUpstream[] _upstreams;
    private readonly EdgeProcess _edge;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly DateTime _startUtc = DateTime.UtcNow;

    private PolicyStorm(string[] versions, StampingUpstream[] upstreams, TestFolder folder, EdgeProcess edge, PolicyTerms first)
    {
        (_versions, _upstreams, _folder, _edge) = (versions, upstreams, folder, edge);
        Timeline = new PolicyTimeline(first);
    }

    public PolicyTimeline Timeline { get; }

    public int Reloads { get; private set; }

    /// <summary>In the order of their numbers.</summary>
    public Witnessed[] Requests { get; private set; } = [];

    /// <param name="priorities">Of the canaries, for the policy file; none: all the same.</param>
    public static async Task<PolicyStorm> BlowAsync(long requests, PolicyTerms[] policies, params int[] priorities)
    {
        TestFolder folder = new();
        string[] versions = [.. Enumerable.Range(1, policies[0].Weights.Length + 1).Select(i => $"v{i}")];
        StampingUpstream[] upstreams = [.. versions.Select(_ => StampingUpstream.Start())];
        string policy = folder.Write("policy.yaml", Text(policies[0], priorities));
        EdgeProcess edge = await EdgeProcess.StartAsync(
            [.. versions.Zip(upstreams, (version, upstream) => $"{version}={upstream.Url}")],
            "--policy", policy, "--workers", "2", "--admin", "127.0.0.1:0", "--access-log", folder.Path("access.log"));
        PolicyStorm storm = new(versions, upstreams, folder, edge, policies[0]);
        try
        {
            await storm.BlowAsync(requests, [.. policies.Select(terms => (terms, Text(terms, priorities)))]);
            return storm;
        }
        catch
        {
            await storm.DisposeAsync();
            throw;
        }
    }

    /// <summary>The member "share" of /status.</summary>
    public async Task<JsonElement> ShareAsync()
    {
        using HttpClient http = new() { Timeout = Deadline.Patience };
        using JsonDocument status = JsonDocument.Parse(await http.GetStringAsync(_edge.Admin + "/status"));
        return status.RootElement.GetProperty("share").Clone();
    }

    public async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        foreach (StampingUpstream upstream in _upstreams)
        {
            await upstream.DisposeAsync();
        }

        _folder.Dispose();
    }

    private static string Text(PolicyTerms terms, int[] priorities) => string.Create(CultureInfo.InvariantCulture, $$"""
        bucket: {capacity: {{terms.Capacity}}, refillRate: {{terms.RefillRate}}}
        canaries:
        {{string.Join('\n', terms.Weights.Select((weight, i) => string.Create(CultureInfo.InvariantCulture,
            $"- {{version: v{i + 2}, weight: {weight:R}, priority: {priorities.ElementAtOrDefault(i)}, floor: {terms.FloorOf(i)}}}")))}}

        """);

    private async Task BlowAsync(long requests, (PolicyTerms Terms, string Text)[] policies)
    {
        // Every other request is a POST: what a client can tell must not line up with what the split decides.
        LoadShape shape = new(number => Encoding.ASCII.GetBytes($"{(number % 2 == 0 ? "GET" : "POST")} /{number} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"), PerConnection: 50);
        Task<LoadGenerator> running = LoadGenerator.RunAsync(_edge.Port, Connections, requests, TimeSpan.FromMinutes(10), shape);
        while (!running.IsCompleted)
        {
            Task beat = Task.Delay(Beat);
            (PolicyTerms terms, string text) = policies[++Reloads % policies.Length];
            long from = Since(Stopwatch.GetTimestamp());
            await _edge.ReloadAsync(() => _folder.Replace("policy.yaml", text));
            Timeline.Change(from, Since(Stopwatch.GetTimestamp()), terms);
            await Task.WhenAny(beat, running);
        }

        LoadGenerator load = await running;
        Assert.Empty(load.Broken);
        Assert.Equal(requests, load.CountStatus(200));
        string[] log = [];
        await Deadline.UntilAsync(() => (log = ReadLog()).Length >= requests, "every request to be in the access log");
        Requests = Join(load, log);
    }

    private string[] ReadLog() => File.ReadAllText(_folder.Path("access.log")) is var text && text.EndsWith('\n') ? text[..^1].Split('\n') : [];

    private Witnessed[] Join(LoadGenerator load, string[] log)
    {
        Dictionary<long, Answered> answered = load.Answers.ToDictionary(answer => answer.Number);
        Dictionary<long, (int Upstream, long At)> arrived = [];
        for (int i = 0; i < _upstreams.Length; i++)
        {
            foreach (Arrival arrival in _upstreams[i].Arrivals)
            {
                arrived.Add(long.Parse(arrival.Target.AsSpan(1)), (i, arrival.At)); // each came to one of them, and once
            }
        }

        Witnessed[] requests = new Witnessed[log.Length];
        foreach (string text in log)
        {
            using JsonDocument line = JsonDocument.Parse(text);
            long number = long.Parse(line.RootElement.GetProperty("target").GetString().AsSpan(1));
            string reason = line.RootElement.GetProperty("reason").GetString()!, version = line.RootElement.GetProperty("version").GetString()!;
            Verdict verdict = reason switch
            {
                "stable" => Verdict.NoTurn,
                "weight" => Verdict.Served,
                "spilled" => Verdict.Spilled,
                _ => throw new InvalidOperationException($"{reason} is no reason here: {text}"),
            };
            (int upstream, long at) = arrived[number];
            Assert.Equal(version, _versions[upstream]);
            Assert.Equal(version, answered[number].Version);
            long ended = (line.RootElement.GetProperty("time").GetDateTime().ToUniversalTime() - _startUtc).Ticks * 100;
            long took = (long)(line.RootElement.GetProperty("durationMs").GetDouble() * 1e6);
            requests[number] = new Witnessed(
                number, verdict, upstream - 1, line.RootElement.GetProperty("role").GetString() == "baseline",
                Since(answered[number].SentAt), ended - took, Since(at), Since(answered[number].ReceivedAt));
        }

        return requests;
    }

    /// <summary>Nanoseconds; a tick of the Stopwatch is one on Linux.</summary>
    private long Since(long stamp) => stamp - _start;
}
