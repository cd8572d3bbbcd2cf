// One watch of a ConfigMap before a scripted API server, with chance fixed at one half, and what it said. Owns the watch's task.

using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Policy;
using OpenClaw.TestKit;

namespace OpenClaw.Edge.Tests.Kubernetes;

internal sealed class WatchScene : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string?> _news = new();
    private readonly ConcurrentQueue<ApiFault?> _links = new();
    private readonly ApiServer _server;
    private readonly Task _running;
    private int _failuresKnown;

    /// <param name="first">A watch of another object, to whose server and in whose time this one is; null: it is alone.</param>
    public WatchScene(KubernetesSettings? settings = null, WatchScene? first = null, string name = "policy")
    {
        (Time, Api) = first is null ? (new ManualTime(), new ScriptedApi()) : (first.Time, first.Api);
        _server = first?._server ?? Api.Connect(Time, settings);
        Status = new WatchStatus(new WatchedObject(WatchedKind.ConfigMap, "openclaw", name), new WatchCounts(), Time.GetTimestamp());
        ObjectWatch watch = new(_server, Status, Take, _links.Enqueue, Time, () => 0.5);
        _running = Task.Run(() => watch.RunAsync(_stop.Token));
    }

    public ManualTime Time { get; }

    public ScriptedApi Api { get; }

    public WatchStatus Status { get; }

    /// <summary>What the next word about an object is answered with.</summary>
    public string? Refusal { get; set; }

    /// <summary>How long the edge takes over a word.</summary>
    public TimeSpan Reading { get; set; }

    /// <summary>Value of <c>x</c> in every object so far; null where there was none.</summary>
    public IReadOnlyList<string?> News => [.. _news];

    /// <summary>Null: the watch stood.</summary>
    public IReadOnlyList<ApiFault?> Links => [.. _links];

    public long LastCameAt { get; private set; }

    public static string Item(string version, string value, string name = "policy", string space = "openclaw") =>
        $$$"""{"kind":"ConfigMap","metadata":{"managedFields":[{"name":"no"}],"name":"{{{name}}}","namespace":"{{{space}}}","resourceVersion":"{{{version}}}","labels":{"name":"no"}},"x":"{{{value}}}"}""";

    public static string Bookmark(string version) => $$$"""{"kind":"ConfigMap","metadata":{"resourceVersion":"{{{version}}}","creationTimestamp":null}}""";

    /// <summary>Answers the first list with version 7 and the value a, and opens the watch that follows.</summary>
    public async Task<ScriptedCall> BeginAsync()
    {
        (await NextAsync()).List("7", Item("5", "a", Status.Object.Name));
        ScriptedCall watch = (await NextAsync()).Open();
        await UntilAsync(() => Status.IsConnected);
        return watch;
    }

    /// <summary>Its next request.</summary>
    public Task<ScriptedCall> NextAsync() => Api.NextAsync($"%3D{Status.Object.Name}");

    public Task HasHeardAsync(int words) => UntilAsync(() => _news.Count >= words);

    public static Task UntilAsync(Func<bool> condition) => Deadline.UntilAsync(condition, "the watch");

    /// <summary>Waits for the next failure with a pause after it, and lets that pass: the first is half of 0.8 s.</summary>
    public async Task<ApiFault> FailsAsync(double pauseSeconds = 0.4)
    {
        int known = _failuresKnown;
        await UntilAsync(() => _links.Count(link => link is not null) > known);
        await Time.PassAsync(TimeSpan.FromSeconds(pauseSeconds));
        _failuresKnown = _links.Count(link => link is not null);
        return _links.Last(link => link is not null)!;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running.WaitAsync(Deadline.Patience));
    }

    private string? Take(ReadOnlySequence<byte>? json, long cameAt)
    {
        Time.Advance(Reading);
        LastCameAt = cameAt;
        _news.Enqueue(json is { } bytes ? JsonBytes.Text(bytes, "x") ?? Encoding.UTF8.GetString(bytes) : null);
        return Refusal;
    }
}
