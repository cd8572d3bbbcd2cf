// What following a cluster costs, and how soon it takes effect, on this machine: for docs/benchmarks.md, on a quiet one. Runs only when asked to.

using System.Diagnostics;
using System.Globalization;
using OpenClaw.TestKit.Kubernetes;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

[Collection(nameof(Alone))]
public sealed class WatchFigures(ITestOutputHelper output)
{
    private const int Updates = 2000;
    private const int Flips = 200;
    private const int Edges = 5; // of each kind; the figure is their median
    private const int Scrapes = 1000; // they allocate: in the second half the heap has grown as far as it will
    private static readonly double[] Bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1];

    /// <summary>By the edge's own histogram: from the last byte of an event to the last worker that uses it. Asked for: 20 ms in the median, 100 ms at the 99th percentile.</summary>
    [Theory(Explicit = true), InlineData(0), InlineData(1000)]
    public async Task Propagation(int requestsPerSecond)
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20);
        if (requestsPerSecond > 0)
        {
            scene.Load(requestsPerSecond);
        }

        MetricsPage before = await scene.MetricsAsync();
        for (int i = 0; i < Updates; i++)
        {
            scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", Objects.Route(1 + ((i * 37) % 99)));
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }

        await Task.Delay(TimeSpan.FromMilliseconds(200));
        MetricsPage after = await scene.MetricsAsync();
        const string metric = "openclaw_policy_propagation_seconds";
        double Counted(string labels) => after.Sum($"{metric}_bucket", labels) - before.Sum($"{metric}_bucket", labels);
        double all = after.Sum($"{metric}_count") - before.Sum($"{metric}_count"), mean = (after.Sum($"{metric}_sum") - before.Sum($"{metric}_sum")) / all;
        string buckets = string.Join(", ", Bounds.Select(bound => string.Create(CultureInfo.InvariantCulture, $"<= {1000 * bound} ms {100 * Counted($"le=\"{bound}\"") / all:0.##} %")));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{requestsPerSecond} requests a second, {all} updates: mean {1000 * mean:0.###} ms; {buckets}"));
        Assert.InRange(Counted("le=\"0.025\"") / all, 0.5, 1);
        Assert.InRange(Counted("le=\"0.1\"") / all, 0.99, 1);
        await scene.EndAsync();
    }

    /// <summary>By a clock outside: from the write to the API server to the beginning of the last request that still went where it had gone before.</summary>
    [Fact(Explicit = true)]
    public async Task WriteToLastRequest()
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(1);
        LoadGenerator load = scene.Load(4000);
        List<double> took = [];
        List<(long At, string Old)> flips = [];
        for (int i = 0; i < Flips; i++)
        {
            flips.Add((Stopwatch.GetTimestamp(), i % 2 == 0 ? "v1" : "v2"));
            scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", Objects.Route(i % 2 == 0 ? 100 : 0));
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        await scene.EndAsync();
        ILookup<string, long> sent = load.Answers.ToLookup(answer => answer.Version, answer => answer.SentAt);
        for (int i = 1; i < flips.Count - 1; i++)
        {
            took.Add(sent[flips[i].Old].Where(at => at >= flips[i].At && at < flips[i + 1].At).Select(at => Stopwatch.GetElapsedTime(flips[i].At, at).TotalMilliseconds).DefaultIfEmpty(0).Max());
        }

        took.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{took.Count} flips: median {took[took.Count / 2]:0.00} ms, p99 {took[took.Count * 99 / 100]:0.00} ms, most {took[^1]:0.00} ms"));
        Assert.InRange(took[took.Count / 2], 0, 20);
        Assert.InRange(took[took.Count * 99 / 100], 0, 100);
    }

    /// <summary>What three watches add to an edge that has served requests and rests. Asked for: 1 MB.</summary>
    /// <param name="servesTls">Whether clients speak TLS to it, so that OpenSSL is at work anyway.</param>
    [Theory(Explicit = true), InlineData(false, false), InlineData(true, false), InlineData(true, true)]
    public async Task Memory(bool isTls, bool servesTls)
    {
        List<(double Resident, double Private, double Heap)> off = [], on = [];
        for (int i = 0; i < Edges; i++)
        {
            off.Add(await AtRestAsync(isTls, servesTls, isFollowing: false));
            on.Add(await AtRestAsync(isTls, servesTls, isFollowing: true));
        }

        string Show(Func<(double Resident, double Private, double Heap), double> part)
        {
            double without = off.Select(part).Order().ElementAt(Edges / 2), with = on.Select(part).Order().ElementAt(Edges / 2);
            return string.Create(CultureInfo.InvariantCulture, $"{without:0.00} MB and {with:0.00} MB ({with - without:+0.00;-0.00})");
        }

        output.WriteLine($"{(isTls ? "TLS" : "plain text")}{(servesTls ? " beside TLS to clients" : "")}, without watches and with: resident {Show(edge => edge.Resident)}, of that not of files {Show(edge => edge.Private)}, collected heap {Show(edge => edge.Heap)}");
    }

    /// <returns>MB, the least that was seen in the end: what waits to be collected comes and goes. <c>Private</c>: of no file, so neither code nor a library's tables.</returns>
    private static async Task<(double Resident, double Private, double Heap)> AtRestAsync(bool isTls, bool servesTls, bool isFollowing)
    {
        using TestAuthority authority = new();
        await using ClusterScene scene = await ClusterScene.StartAsync(new ClusterSetup
        {
            Authority = isTls ? authority : null, Token = "edge", Kubernetes = isFollowing ? "policyConfigMap: token-bucket-policy" : "", IsDeaf = !isFollowing, ServesTls = servesTls,
            Before = async scene =>
            {
                await scene.Controller.InstallAsync("one");
                scene.Api.Store.Put(ResourceKind.ConfigMap, "openclaw", Objects.ConfigMap("token-bucket-policy", "policy.yaml", scene.PolicyOf("")));
            },
        });
        if (isFollowing)
        {
            for (int weight = 1; weight <= 20; weight++)
            {
                await scene.Controller.SetWeightAsync(weight);
            }

            await scene.WeightAsync(20);
        }

        await scene.AskAsync(5000);
        if (servesTls)
        {
            await scene.GreetOverTlsAsync();
        }

        List<(double Resident, double Private, double Heap)> seen = [];
        for (int i = 0; i < Scrapes; i++)
        {
            double heap = await scene.MetricAsync("openclaw_gc_heap_bytes");
            if (i >= Scrapes / 2)
            {
                seen.Add((Kilobytes(scene, "VmRSS") / 1024, Kilobytes(scene, "RssAnon") / 1024, heap / (1 << 20)));
            }
        }

        return (seen.Min(at => at.Resident), seen.Min(at => at.Private), seen.Min(at => at.Heap));
    }

    private static double Kilobytes(ClusterScene scene, string line) =>
        double.Parse(File.ReadLines($"/proc/{scene.Edge.Process.Id}/status").First(l => l.StartsWith(line + ":", StringComparison.Ordinal)).AsSpan()[(line.Length + 1)..^2], CultureInfo.InvariantCulture);
}
