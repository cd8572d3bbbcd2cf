// What users see of a canary that goes bad.

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class GuardTests : IDisposable
{
    private const string Half = "canary: {version: v2, weight: 0.5}";
    private const string Asked = "canary: {version: v2, weight: 0}\noverrides: {cookie: {name: canary}}"; // only those who ask for it
    private const string Ask = "Cookie: canary=v2";
    private const string Tell = "fields: {reason: true}";
    private const int PerSecond = 400; // half of them the canary's
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private readonly TestFolder _folder = new();
    private readonly TaskCompletionSource _hurry = new(), _doom = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A canary that hangs up where it is told to, at once or later, takes its time where it is asked to, and else answers.</summary>
    private RawUpstream Moody() => RawUpstream.Start(async wire =>
    {
        while (await wire.ReadRequestAsync() is { IsComplete: true } request && request["X-Die"] is null)
        {
            if (request.Target == "/doomed")
            {
                await _doom.Task;
                return;
            }

            if (request.Target == "/slow")
            {
                await _hurry.Task;
            }

            await wire.SendAsync(Scene.Ok);
        }
    });

    /// <summary>Failures, apart as they must be, until the next request is barred; how many those were.</summary>
    /// <param name="failing">The status that a client gets of them.</param>
    private static async Task<int> TripAsync(Rollout rollout, int failing = 200)
    {
        for (int failures = 0; ; failures++)
        {
            RawMessage answer = await rollout.AskAsync(Ask, "X-Die: now");
            if (answer["X-OpenClaw-Reason"] == "guard" || failures == 100)
            {
                return failures;
            }

            Assert.Equal((failing, failing == 200 ? "unhealthy" : null), (answer.Status, answer["X-OpenClaw-Reason"]));
            await Task.Delay(15);
        }
    }

    private static async Task<Wire> SendAsync(Rollout rollout, string method, string target)
    {
        Wire client = await Wire.ConnectAsync(rollout.Edge.Port);
        await client.SendAsync($"{method} {target} HTTP/1.1\r\nHost: h\r\n{Ask}\r\nContent-Length: 0\r\n\r\n");
        return client;
    }

    private Task<EdgeProcess> StartAsync(string v1, string v2, string policy = Half, string more = "workers: 2") => EdgeProcess.StartAsync(
        ["--config", _folder.Write("edge.yaml", $$$"""
            listeners: [{address: "127.0.0.1:0"}]
            versions: {v1: {endpoints: ["{{{v1}}}"]}, v2: {endpoints: ["{{{v2}}}"]}}
            policy: {{{_folder.Write("policy.yaml", policy)}}}
            fields: {reason: true}
            {{{more}}}
            """), "--admin", "127.0.0.1:0"], listeners: 1);

    /// <summary>A version of which one answer in five is an error while <paramref name="isBad"/>; the moments at which it is asked and whether it answered well are kept.</summary>
    private static RawUpstream Failing(Func<bool> isBad, ConcurrentQueue<(long At, bool IsGood)> asked)
    {
        int turn = 0;
        return RawUpstream.Answering(_ =>
        {
            bool isGood = !(isBad() && Interlocked.Increment(ref turn) % 5 == 0);
            asked.Enqueue((Stopwatch.GetTimestamp(), isGood));
            return isGood ? Scene.Ok : "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";
        });
    }

    private static async Task<double> TripsAsync(EdgeProcess edge) => (await MetricsPage.ReadAsync(edge.Admin!)).Sum("openclaw_guard_trips_total");

    private static Task<bool> IsOutAsync(EdgeProcess edge) => IsAsync(edge, "tripped");

    private static async Task<bool> IsAsync(EdgeProcess edge, string state) =>
        (await MetricsPage.ReadAsync(edge.Admin!)).Sum("openclaw_guard_state", $"state=\"{state}\"") == 1;

    private static void AssertNobodyNoticed(LoadGenerator load)
    {
        Assert.Empty(load.Broken);
        Assert.Equal(load.Answers.Count, load.CountStatus(200));
    }

    [Fact]
    public async Task KilledCanary_IsOutInHalfASecondAndNoGetFails()
    {
        string nginx = Needs.Program("nginx");
        await using NginxServer v1 = await NginxServer.StartAsync(nginx, "return 200 v1;"), v2 = await NginxServer.StartAsync(nginx, "return 200 v2;");
        await using EdgeProcess edge = await StartAsync(v1.Url, v2.Url, Half + "\nguard: {alpha: 0.000000001}"); // else the sequential test is sometimes first
        await using Wire observer = await Wire.ConnectAsync(edge.Port);
        LoadGenerator load = LoadGenerator.Start(edge.Port, 16, new LoadShape(PerSecond: PerSecond));
        await Task.Delay(WarmUp);
        long died = Stopwatch.GetTimestamp();
        await v2.KillAsync();
        await Deadline.UntilAsync(async () => (await observer.AskAsync(Scene.Get))["X-OpenClaw-Reason"] == "guard", "the guard to take the canary out");
        Assert.InRange(Stopwatch.GetElapsedTime(died), TimeSpan.Zero, TimeSpan.FromMilliseconds(500));

        await Deadline.UntilAsync(() => IsOutAsync(edge), "the metrics to say so");
        Assert.Equal(1, (await MetricsPage.ReadAsync(edge.Admin!)).Sum("openclaw_guard_trips_total", "cause=\"failures\""));
        await v2.StartAsync();
        long back = Stopwatch.GetTimestamp();
        await Task.Delay(1500); // longer than any back-off
        await load.StopAsync();
        AssertNobodyNoticed(load);
        Assert.DoesNotContain(load.Answers, answer => answer.Version == "v2" && answer.ReceivedAt > back);
        Assert.InRange(load.Count("v2"), 150, 250);
    }

    [Fact]
    public async Task KilledCanaryThatIsBackAtOnce_StaysIn()
    {
        string nginx = Needs.Program("nginx");
        await using NginxServer v1 = await NginxServer.StartAsync(nginx, "return 200 v1;"), v2 = await NginxServer.StartAsync(nginx, "return 200 v2;");
        await using EdgeProcess edge = await StartAsync(v1.Url, v2.Url);
        LoadGenerator load = LoadGenerator.Start(edge.Port, 16, new LoadShape(PerSecond: PerSecond));
        await Task.Delay(WarmUp);
        long died = Stopwatch.GetTimestamp();
        await v2.KillAsync();
        await v2.StartAsync();
        Assert.SkipWhen(Stopwatch.GetElapsedTime(died) > TimeSpan.FromMilliseconds(150), "the machine is too busy to restart a server at once");
        int back = load.Count("v2");
        await Deadline.UntilAsync(() => load.Count("v2") > back + 200, "the canary to have traffic again");
        await load.StopAsync();
        AssertNobodyNoticed(load);
        Assert.Equal(0, await TripsAsync(edge));
    }

    [Fact]
    public async Task BothKilledAtOnce_NobodyIsTakenOut()
    {
        string nginx = Needs.Program("nginx");
        await using NginxServer v1 = await NginxServer.StartAsync(nginx, "return 200 v1;"), v2 = await NginxServer.StartAsync(nginx, "return 200 v2;");
        await using EdgeProcess edge = await StartAsync(v1.Url, v2.Url);
        LoadGenerator load = LoadGenerator.Start(edge.Port, 16, new LoadShape(PerSecond: PerSecond));
        await Task.Delay(WarmUp);
        await Task.WhenAll(v1.KillAsync(), v2.KillAsync());
        await Task.Delay(WarmUp);
        await v2.StartAsync();
        await v1.StartAsync();
        int back = load.Count("v2");
        await Deadline.UntilAsync(() => load.Count("v2") > back + 200, "the canary to have traffic again");
        await load.StopAsync();
        Assert.Equal(0, await TripsAsync(edge));
    }

    [Fact]
    public async Task CanaryThatStartsToFail_IsOutInTwoSeconds()
    {
        string nginx = Needs.Program("nginx");
        bool isBad = false;
        ConcurrentQueue<(long At, bool IsGood)> asked = new();
        await using RawUpstream v2 = Failing(() => Volatile.Read(ref isBad), asked);
        await using NginxServer v1 = await NginxServer.StartAsync(nginx, "return 200 v1;");
        await using EdgeProcess edge = await StartAsync(v1.Url, v2.Url);
        LoadGenerator load = LoadGenerator.Start(edge.Port, 16, new LoadShape(PerSecond: PerSecond));
        await Task.Delay(WarmUp * 3);
        Volatile.Write(ref isBad, true);
        await Deadline.UntilAsync(() => IsOutAsync(edge), "the guard to take the canary out");
        string held = await ScoreAsync(edge);
        await Task.Delay(WarmUp);
        await using (Wire client = await Wire.ConnectAsync(edge.Port))
        {
            AssertStoodIn(await client.AskAsync(Scene.Get));
        }

        await load.StopAsync();
        long firstBad = asked.First(one => !one.IsGood).At;
        Assert.InRange(Stopwatch.GetElapsedTime(firstBad, asked.Max(one => one.At)), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal(held, await ScoreAsync(edge));
        Assert.Empty(load.Broken);
        int bad = asked.Count(one => !one.IsGood);
        Assert.InRange(load.CountStatus(500), bad - 16, bad); // what users saw of it; some was still on its way when the canary was recalled
        Assert.Equal(1, await TripsAsync(edge));
    }

    /// <summary>It takes requests and says nothing, for a minute if it is let.</summary>
    [Fact]
    public async Task CanaryThatHangs_IsOutLongBeforeItsTimeIsUp()
    {
        string nginx = Needs.Program("nginx");
        await using RawUpstream v2 = RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            await _hurry.Task;
        });
        await using NginxServer v1 = await NginxServer.StartAsync(nginx, "return 200 v1;");
        await using EdgeProcess edge = await StartAsync(v1.Url, v2.Url, Half + "\nrating: {latencyTarget: 50ms}");
        long begun = Stopwatch.GetTimestamp();
        LoadGenerator load = LoadGenerator.Start(edge.Port, 256, new LoadShape(PerSecond: 200));
        await Deadline.UntilAsync(() => IsOutAsync(edge), "the guard to take the canary out");
        Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await Deadline.UntilAsync(() => load.Answers.Count > 500, "those who waited, and others, to be answered by stable");
        _hurry.SetResult();
        await load.StopAsync();
        AssertNobodyNoticed(load);
        Assert.Equal(0, load.Count("v2"));
        Assert.Equal(1, (await MetricsPage.ReadAsync(edge.Admin!)).Sum("openclaw_guard_trips_total", "cause=\"latency\""));
    }

    private static async Task<string> ScoreAsync(EdgeProcess edge) =>
        (await MetricsPage.ReadAsync(edge.Admin!)).Text.Split('\n').Single(line => line.StartsWith("openclaw_rating_score{", StringComparison.Ordinal) && line.Contains("v2"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CanaryAsGoodOrAsBadAsStable_StaysIn(bool isBad)
    {
        ConcurrentQueue<(long At, bool IsGood)> stable = new(), canary = new();
        await using RawUpstream v1 = Failing(() => isBad, stable), v2 = Failing(() => isBad, canary);
        await using EdgeProcess edge = await StartAsync(v1.Url, v2.Url);
        LoadGenerator load = LoadGenerator.Start(edge.Port, 16, new LoadShape(PerSecond: PerSecond));
        await Task.Delay(WarmUp * 5);
        await load.StopAsync();
        Assert.True(await IsAsync(edge, "holding"));
        Assert.Equal(0, await TripsAsync(edge));
        Assert.InRange(load.Count("v2"), load.Answers.Count * 0.49, load.Answers.Count * 0.51);
    }

    [Fact]
    public async Task TenFailuresInARow_EndTheCanaryForEverybody()
    {
        await using Rollout rollout = await Rollout.StartAsync(Asked.Replace("weight: 0", "weight: 0.5") + "\nstickiness: {type: cookie}", Tell, Moody());
        IReadOnlyList<(string Cookie, string Version)> begun = await rollout.BeginAsync(4);
        string user = begun.First(session => session.Version == "v2").Cookie;
        Assert.Equal(10, await TripAsync(rollout));

        int before = rollout.V2.Requests.Count;
        RawMessage kept = await rollout.AskAsync(user), asked = await rollout.AskAsync(Ask), other = await rollout.AskAsync();
        foreach (RawMessage answer in new[] { kept, asked, other })
        {
            AssertStoodIn(answer);
            Assert.Null(answer["Set-Cookie"]); // nobody is pinned to stable by it
        }

        await rollout.V1.DisposeAsync();
        Assert.Equal(503, (await rollout.AskAsync()).Status);
        Assert.Equal(503, (await rollout.AskAsync(user)).Status);
        Assert.Equal(before, rollout.V2.Requests.Count);
    }

    [Fact]
    public async Task NineFailuresAndAnAnswer_AreForgiven()
    {
        await using Rollout rollout = await Rollout.StartAsync(Asked, Tell, Moody());
        for (int i = 1; i <= 30; i++)
        {
            RawMessage answer = await rollout.AskAsync(i % 10 == 0 ? [Ask] : [Ask, "X-Die: now"]);
            Assert.Equal(i % 10 == 0 ? "override" : "unhealthy", answer["X-OpenClaw-Reason"]);
            await Task.Delay(15);
        }
    }

    [Theory]
    [InlineData("idempotent")]
    [InlineData("off")] // that is for what the canary failed to do; nobody asked it to fail these
    public async Task WhatWaitsForATrippedCanary_IsAnsweredByStable(string canaryToStable)
    {
        const int waiting = 3;
        string log = _folder.Path("access.log");
        await using Rollout rollout = await Rollout.StartAsync(Asked, $"{Tell}\naccessLog: {{path: {log}}}\nupstream: {{retry: {{canaryToStable: {canaryToStable}}}}}", Moody());
        List<Wire> safe = [];
        for (int i = 0; i < waiting; i++)
        {
            safe.Add(await SendAsync(rollout, i == 0 ? "HEAD" : "GET", "/slow"));
        }

        await using Wire post = await SendAsync(rollout, "POST", "/slow");
        await Deadline.UntilAsync(() => rollout.V2.Requests.Count == waiting + 1, "the canary to have them all");
        await TripAsync(rollout, failing: canaryToStable == "off" ? 502 : 200);
        long tripped = Stopwatch.GetTimestamp();
        for (int i = 0; i < waiting; i++)
        {
            AssertStoodIn(await safe[i].ReadResponseAsync(toHead: i == 0));
            await safe[i].DisposeAsync();
        }

        Assert.InRange(Stopwatch.GetElapsedTime(tripped), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        _hurry.SetResult();
        RawMessage left = await post.ReadResponseAsync();
        Assert.Equal((200, "v2", "override"), (left.Status, left["X-OpenClaw-Version"], left["X-OpenClaw-Reason"]));
        await Deadline.UntilAsync(() => rollout.V2.Open == 1, "the canary to see that the others have been given up");

        const int stoodIn = waiting + 1; // and the one that found it out
        await Deadline.UntilAsync(async () => (await rollout.MetricsAsync()).Sum("openclaw_requests_total", "version=\"v2\"", "code_class=\"2xx\"") == 1, "the last to be counted");
        MetricsPage metrics = await rollout.MetricsAsync();
        Assert.Equal(stoodIn, metrics.Sum("openclaw_requests_total", "version=\"v1\"", "role=\"stable\"", "reason=\"guard\""));
        Assert.Equal(10, metrics.Sum("openclaw_upstream_errors_total", "version=\"v2\""));
        Assert.InRange(metrics.Sum("openclaw_rating_samples", "version=\"v2\""), 9, 11); // what was recalled says nothing
        await Deadline.UntilAsync(() => File.ReadAllLines(log).Count(line => line.Contains("\"reason\":\"guard\"")) == stoodIn, "their lines in the access log");
    }

    [Fact]
    public async Task WhatWaitsForAPlaceAtATrippedCanary_GoesToStableWhateverItIs()
    {
        await using Rollout rollout = await Rollout.StartAsync(Asked, $"{Tell}\nupstream: {{pool: {{maxConnections: 2}}, timeouts: {{connect: 10s}}}}", Moody());
        await using Wire busy = await SendAsync(rollout, "POST", "/slow");
        await Deadline.UntilAsync(() => rollout.V2.Requests.Count == 1, "the canary to have the first");
        for (int i = 0; i < 9; i++)
        {
            Assert.Equal("unhealthy", (await rollout.AskAsync(Ask, "X-Die: now"))["X-OpenClaw-Reason"]);
            await Task.Delay(15);
        }

        await using Wire last = await SendAsync(rollout, "GET", "/doomed"); // takes the second place
        await Deadline.UntilAsync(() => rollout.V2.Requests.Count == 11, "the canary to have the last");
        await using Wire next = await SendAsync(rollout, "GET", "/slow"), behind = await SendAsync(rollout, "POST", "/slow");
        await Task.Delay(100); // for the edge to have put them in a row
        _doom.SetResult();
        Assert.Equal("unhealthy", (await last.ReadResponseAsync())["X-OpenClaw-Reason"]);
        AssertStoodIn(await next.ReadResponseAsync());
        AssertStoodIn(await behind.ReadResponseAsync());
        Assert.DoesNotContain(rollout.V2.Requests.Skip(1), request => request.StartLine.StartsWith("POST", StringComparison.Ordinal));
    }

    /// <summary>Its queue of connections is full, so that the kernel drops whoever knocks.</summary>
    [Fact]
    public async Task ConnectsToACanaryThatIsTakenOut_AreGivenUp()
    {
        using Socket full = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(1);
        List<Socket> knocking = [];
        for (int i = 0; i < 4; i++)
        {
            Socket one = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            knocking.Add(one);
            _ = one.ConnectAsync(full.LocalEndPoint!).ContinueWith(ended => ended.Exception);
        }

        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok);
        await using EdgeProcess edge = await StartAsync(v1.Url, $"http://127.0.0.1:{((IPEndPoint)full.LocalEndPoint!).Port}", "canary: {version: v2, weight: 1.0}", "workers: 1\nupstream: {timeouts: {connect: 2s}}");
        List<Wire> clients = [];
        for (int i = 0; i < 100; i++)
        {
            clients.Add(await Wire.ConnectAsync(edge.Port));
            await clients[i].SendAsync(i % 2 == 0 ? Scene.Get : "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
            await Task.Delay(15);
        }

        Dictionary<string, int> reasons = [];
        foreach (Wire client in clients)
        {
            RawMessage answer = await client.ReadResponseAsync();
            Assert.Equal((200, "v1"), (answer.Status, answer["X-OpenClaw-Version"]));
            string reason = answer["X-OpenClaw-Reason"]!;
            reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
            await client.DisposeAsync();
        }

        knocking.ForEach(one => one.Dispose());
        Assert.InRange(reasons["unhealthy"], 10, 85);
        Assert.InRange(reasons["guard"], 15, 90); // their own time had not run out when that of ten others had, one after the other
    }

    private static void AssertStoodIn(RawMessage answer) =>
        Assert.Equal((200, "v1", "guard"), (answer.Status, answer["X-OpenClaw-Version"], answer["X-OpenClaw-Reason"]));
}
