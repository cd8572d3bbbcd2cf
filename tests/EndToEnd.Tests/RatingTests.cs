// The published scores, held against scores that are computed from nothing but the access log and the formula as documented (docs/rating.md).

using System.Globalization;
using System.Text.Json;

namespace OpenClaw.EndToEnd.Tests;

public sealed class RatingTests
{
    private const double Tolerance = 0.001;
    private const int Connections = 8;
    private const int RequestsOfEach = 200;

    private const string Policy = """
        bucket: {capacity: 1000000, refillRate: 1000000}
        canaries: [{version: v2, weight: 0.4}, {version: v3, weight: 0.02}]
        rating: {window: 10m, latencyTarget: 20ms, minSamples: 50}
        guard: {mode: "off"}

        """;

    /// <summary>
    /// Errors, answers around the target, resets and refused connections that stable repairs, 404s, 408s, clients that leave: on
    /// stable, a canary, and a canary that has too few samples to be believed.
    /// </summary>
    [Fact]
    public async Task ScoresAfterMixedTraffic_AreThoseOfTheAccessLog()
    {
        await using Stage stage = await Stage.StartAsync(Policy);
        await stage.SendMixedTrafficAsync();

        Dictionary<string, Tally> tallies = await stage.TalliesAsync();
        Assert.True(tallies["v1"] is { Errors: > 0, Aborts: > 0, Satisfied: > 0, Tolerated: > 0, Slow: > 0 }, tallies["v1"].ToString());
        Assert.True(tallies["v2"] is { Errors: > 0, Aborts: > 0, Satisfied: > 0, Tolerated: > 0, Slow: > 0 }, tallies["v2"].ToString());
        Assert.InRange(tallies["v3"].Samples, 1, 49);
        Assert.Equal(tallies["v3"].Samples, tallies["v3"].Errors); // nobody listens there
        Assert.True(stage.Log.Count(line => Text(line, "rated") is "v2" or "v3" && Text(line, "version") == "v1" && Number(line, "status") == 200) > 10, $"stable rescued few: {string.Join(' ', tallies)}");
        Assert.Contains(stage.Log, line => Text(line, "outcome") == "clientError" && Text(line, "rated") == "");
        Assert.InRange(tallies["v1"].Score(50, 1).Value - tallies["v2"].Score(50, 1).Value, 0.01, 0.9);
        await stage.AssertScoresAsync(tallies, minSamples: 50);

        // Now nobody has enough samples: all shrink, and lower bounds are gone.
        await stage.ReloadAsync(Policy.Replace("minSamples: 50", "minSamples: 5000"));
        await stage.AssertScoresAsync(await stage.TalliesAsync(), minSamples: 5000); // which were moved by v3's part of what was just asked
    }

    [Fact]
    public async Task RecipeOfTheDocumentation_GivesTheSameScores()
    {
        string python = Needs.Program("python3");
        await using Stage stage = await Stage.StartAsync(Policy);
        await stage.SendMixedTrafficAsync();
        Dictionary<string, Tally> tallies = await stage.TalliesAsync();

        string page = File.ReadAllText(Path.Combine(EdgeProcess.Repository, "docs", "rating.md"));
        int begin = page.IndexOf("```python\n", StringComparison.Ordinal) + "```python\n".Length;
        string recipe = page[begin..page.IndexOf("```", begin, StringComparison.Ordinal)].Replace("TARGET_MS = 500", "TARGET_MS = 20");
        await using Child child = await Child.RunAsync(python, ["-c", recipe], input: string.Concat(stage.Log.Select(line => line.GetRawText() + "\n")));
        Assert.True(child.ExitCode == 0, child.Output);

        Dictionary<string, double[]> printed = child.Lines.Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => words[1..].Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray());
        Assert.Equal(tallies.Keys.Order(), printed.Keys.Order());
        foreach ((string version, Tally tally) in tallies)
        {
            (double value, double lower, double upper) = tally.Score(50, tallies["v1"].Score(50, 1).Value);
            Assert.Equal(new[] { tally.Samples, value, lower, upper }, printed[version], (a, b) => Math.Abs(a - b) < Tolerance);
        }
    }

    private static string Text(JsonElement line, string name) => line.TryGetProperty(name, out JsonElement member) ? member.GetString()! : "";

    private static double Number(JsonElement line, string name) => line.TryGetProperty(name, out JsonElement member) ? member.GetDouble() : 0;

    /// <summary>Outcomes by the log, and the formula as the documentation has it: nothing of the edge's own code.</summary>
    private sealed record Tally(int Satisfied, int Tolerated, int Slow, int Errors, int Aborts)
    {
        public int Samples => Satisfied + Tolerated + Slow + Errors + Aborts;

        public static Tally Of(IEnumerable<JsonElement> lines, double targetMs)
        {
            double[] latencies = [.. lines.Where(line => Text(line, "outcome") == "success").Select(line => Number(line, "answerMs"))];
            int satisfied = latencies.Count(ms => ms <= targetMs), tolerated = latencies.Count(ms => ms <= 4 * targetMs) - satisfied;
            return new Tally(
                satisfied, tolerated, latencies.Length - satisfied - tolerated,
                lines.Count(line => Text(line, "outcome") == "error"), lines.Count(line => Text(line, "outcome") == "abort"));
        }

        /// <param name="stable">Stable's score; for stable itself 1.</param>
        public (double Value, double Lower, double Upper) Score(int minSamples, double stable)
        {
            (double Value, double Lower, double Upper) errors = Wilson(Errors + Aborts / 2.0), apdex = Wilson(Satisfied + Tolerated / 2.0 + Aborts / 2.0);
            double value = Parts(errors.Value, apdex.Value), lower = Parts(errors.Upper, apdex.Lower), upper = Parts(errors.Lower, apdex.Upper);
            double trust = Math.Min(1, (double)Samples / minSamples);
            value = trust * value + (1 - trust) * stable;
            return trust < 1 ? (value, 0, Math.Max(value, upper)) : (value, lower, upper);
        }

        private static double Parts(double errors, double apdex) => (0.6 * (1 - Math.Min(1, errors / 0.1)) + 0.25 * apdex) / 0.85;

        private (double, double, double) Wilson(double sum)
        {
            double n = Samples, p = sum / n, zz = 1.96 * 1.96;
            double root = Math.Sqrt(4 * n * p * (1 - p) + zz) * 1.96;
            return (p, (2 * n * p + zz - root) / (2 * (n + zz)), (2 * n * p + zz + root) / (2 * (n + zz)));
        }
    }

    /// <summary>Two versions that answer as the target says, one that nobody listens for, and an edge with a log before them. Owns all of them.</summary>
    private sealed class Stage : IAsyncDisposable
    {
        private readonly TestFolder _folder = new();
        private readonly RawUpstream _v1 = RawUpstream.Start(wire => AnswerAsync(wire, "/gone")), _v2 = RawUpstream.Start(wire => AnswerAsync(wire, "/gone", "/reset"));
        private EdgeProcess _edge = null!;
        private int _sent;

        /// <summary>Every line so far.</summary>
        public IReadOnlyList<JsonElement> Log { get; private set; } = [];

        public static async Task<Stage> StartAsync(string policy)
        {
            Stage stage = new();
            stage._folder.Write("policy.yaml", policy);
            string config = stage._folder.Write("edge.yaml", $$$"""
                listeners: [{address: "127.0.0.1:0"}]
                workers: 2
                versions:
                  v1: {endpoints: ["{{{stage._v1.Url}}}"]}
                  v2: {endpoints: ["{{{stage._v2.Url}}}"]}
                  v3: {endpoints: ["http://127.0.0.1:{{{Ports.Free()}}}"]}
                policy: {{{stage._folder.Path("policy.yaml")}}}
                accessLog: {path: {{{stage._folder.Path("access.log")}}}}
                """);
            stage._edge = await EdgeProcess.StartAsync(["--config", config, "--admin", "127.0.0.1:0"], listeners: 1);
            return stage;
        }

        public Task ReloadAsync(string policy) => _edge.ReloadAsync(() => _folder.Replace("policy.yaml", policy));

        public async Task SendMixedTrafficAsync()
        {
            await Task.WhenAll(Enumerable.Range(0, Connections).Select(SendAsync));
            _sent = Connections * RequestsOfEach;
        }

        /// <summary>What the log says of each version, as soon as it has a line for every request.</summary>
        public async Task<Dictionary<string, Tally>> TalliesAsync()
        {
            string text = "";
            await Deadline.UntilAsync(() => (text = File.ReadAllText(_folder.Path("access.log"))).Count(c => c == '\n') >= _sent, "every request to be in the access log");
            Log = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.Clone())];
            Assert.Equal(_sent, Log.Count);
            return Log.Where(line => Text(line, "rated") != "").GroupBy(line => Text(line, "rated")).ToDictionary(lines => lines.Key, lines => Tally.Of(lines, targetMs: 20));
        }

        /// <summary>/status, /metrics and the field of an answer all say what the formula makes of the tallies.</summary>
        public async Task AssertScoresAsync(Dictionary<string, Tally> tallies, int minSamples)
        {
            double stable = tallies["v1"].Score(minSamples, 1).Value;
            Dictionary<string, (double Value, double Lower, double Upper)> expected = tallies.ToDictionary(
                pair => pair.Key, pair => pair.Value.Score(minSamples, pair.Key == "v1" ? 1 : stable));
            try
            {
                await Deadline.UntilAsync(async () => await IsReadyAsync(tallies, minSamples), "a tick that has seen it all");
            }
            catch (TimeoutException e)
            {
                Assert.Fail($"{e.Message}; the log says {string.Join(", ", tallies)}; the edge {string.Join(", ", await VersionsAsync())}");
            }


            MetricsPage metrics = await MetricsPage.ReadAsync(_edge.Admin!);
            foreach (JsonElement version in await VersionsAsync())
            {
                string name = version.GetProperty("name").GetString()!, label = $"version=\"{name}\"";
                (double value, double lower, double upper) = expected[name];
                Assert.Equal(value, version.GetProperty("score").GetDouble(), Tolerance);
                Assert.Equal(lower, version.GetProperty("lower").GetDouble(), Tolerance);
                Assert.Equal(upper, version.GetProperty("upper").GetDouble(), Tolerance);
                Assert.Equal(value, metrics.Sum("openclaw_rating_score", label), Tolerance);
                Assert.Equal(lower, metrics.Sum("openclaw_rating_score_lower", label), Tolerance);
                Assert.Equal(upper, metrics.Sum("openclaw_rating_score_upper", label), Tolerance);
                Assert.Equal(tallies[name].Samples, metrics.Sum("openclaw_rating_samples", label));
            }

            await using Wire client = await Wire.ConnectAsync(_edge.Port);
            for (int i = 0; i < 10; i++)
            {
                RawMessage answer = await client.AskAsync("GET /404 HTTP/1.1\r\nHost: h\r\n\r\n"); // moves no score, but that of one where nobody listens
                _sent++;
                if (answer["X-OpenClaw-Version"] is { } version && answer["X-OpenClaw-Rating"] is { } rating)
                {
                    Assert.Equal(expected[version].Value, double.Parse(rating, CultureInfo.InvariantCulture), Tolerance + 0.0005);
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _edge.DisposeAsync();
            await _v1.DisposeAsync();
            await _v2.DisposeAsync();
            _folder.Dispose();
        }

        private async Task<bool> IsReadyAsync(Dictionary<string, Tally> tallies, int minSamples) => (await VersionsAsync()).All(version =>
        {
            long samples = version.GetProperty("samples").GetInt64();
            return samples == tallies[version.GetProperty("name").GetString()!].Samples && version.GetProperty("lower").GetDouble() > 0 == samples >= minSamples;
        });

        private async Task<JsonElement[]> VersionsAsync()
        {
            using HttpClient http = new() { Timeout = Deadline.Patience };
            using JsonDocument status = JsonDocument.Parse(await http.GetStringAsync(_edge.Admin + "/status"));
            return [.. status.RootElement.GetProperty("versions").EnumerateArray().Select(version => version.Clone())];
        }

        private async Task SendAsync(int connection)
        {
            Random random = new(connection);
            Wire client = await Wire.ConnectAsync(_edge.Port);
            for (int i = 0; i < RequestsOfEach; i++)
            {
                string target = random.Next(160) switch // about 3 % errors, on v2 6 %: between nothing and the rate at which all is lost
                {
                    0 => "/500", 1 => "/503", 2 => "/408", 3 => "/gone", < 9 => "/reset", < 13 => "/leave", < 21 => $"/slow/{random.Next(10, 120)}", < 30 => "/404", _ => "/200",
                };
                string method = target == "/200" && random.Next(2) == 0 ? "POST" : "GET";
                string request = $"{method} {target} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
                if (target == "/leave")
                {
                    await client.SendAsync(request);
                    await Task.Delay(20); // so that the edge has begun with it
                    client.Reset();
                    client = await Wire.ConnectAsync(_edge.Port);
                    continue;
                }

                if ((await client.AskAsync(request))["Connection"] == "close")
                {
                    await client.DisposeAsync();
                    client = await Wire.ConnectAsync(_edge.Port);
                }
            }

            await client.DisposeAsync();
        }

        private static async Task AnswerAsync(Wire wire, params string[] resets)
        {
            while (await wire.ReadRequestAsync() is { IsComplete: true } request)
            {
                string target = request.Head.Split(' ')[1];
                if (resets.Contains(target))
                {
                    wire.Reset();
                    return;
                }

                if (target == "/leave" || target.StartsWith("/slow/", StringComparison.Ordinal))
                {
                    await Task.Delay(target == "/leave" ? 200 : int.Parse(target.AsSpan(6), CultureInfo.InvariantCulture));
                }

                string status = target.Length == 4 ? target[1..] : "200";
                await wire.SendAsync($"HTTP/1.1 {status} Word\r\nContent-Length: 2\r\n\r\nok");
            }
        }
    }
}
