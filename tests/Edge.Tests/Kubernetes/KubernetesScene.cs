// A control side that follows objects of a scripted API server: workers whose threads do not run, real files, time turned by hand.

using OpenClaw.Edge.Io;
using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tests.Policy;
using Deadline = OpenClaw.TestKit.Deadline;

namespace OpenClaw.Edge.Tests.Kubernetes;

internal sealed class KubernetesScene : IDisposable
{
    public const string ServerAt8001 = TestFolder.Edge + """

        kubernetes: {api: "http://127.0.0.1:8001", namespace: openclaw, tokenFile: /nonexistent/token}
        """;

    public const string Following = "weightFrom: {httpRoute: rating-api, services: {v1: stable, v2: canary}}\ncanary: {version: v2}\n";

    private readonly TestFolder _folder = new();
    private readonly ConfigurationWatcher _configuration;

    public KubernetesScene(string policy = Following, string edge = ServerAt8001)
    {
        _folder.Write("edge.yaml", edge);
        _folder.Write("policy.yaml", policy);
        ConfigurationLoader loader = new(_folder.Launch);
        LoadResult first = loader.Load(Time);
        Assert.Empty(first.Faults);
        Control = new Control(first.Snapshot!, 1, Time, Log);
        Kubernetes = new KubernetesControl(Control, settings => Api.Connect(Time, settings), Time, Log);
        Control.Kubernetes = Kubernetes;
        _configuration = new ConfigurationWatcher(loader, first, Time, Kubernetes.Apply);
        Kubernetes.Start(_configuration);
    }

    public ManualTime Time { get; } = new();

    public ScriptedApi Api { get; } = new();

    public LogLines Log { get; } = new();

    public Control Control { get; }

    public KubernetesControl Kubernetes { get; }

    public Snapshot Snapshot => Control.Plan.Snapshot;

    public double Weight => Snapshot.Rollout.CanaryWeight;

    public static string Route(string version, int stable, int canary, string more = "") => Object("rating-api", version,
        $$$"""{"rules":[{{{more}}}{"backendRefs":[{"name":"stable","weight":{{{stable}}},"port":80},{"name":"canary","weight":{{{canary}}},"port":80}]}]}""");

    public static string ConfigMap(string version, string policy) =>
        $$$"""{"metadata":{"name":"policy","namespace":"openclaw","resourceVersion":"{{{version}}}"},"data":{"policy.yaml":{{{System.Text.Json.JsonSerializer.Serialize(policy)}}}}}""";

    public static string Object(string name, string version, string spec) =>
        $$$"""{"metadata":{"name":"{{{name}}}","namespace":"openclaw","resourceVersion":"{{{version}}}"},"spec":{{{spec}}}}""";

    /// <summary>Answers the list of one kind, and opens the watch that follows.</summary>
    public async Task<ScriptedCall> BeginAsync(string plural, params string[] items)
    {
        (await Api.NextAsync(plural)).List("7", items);
        return (await Api.NextAsync(plural)).Open();
    }

    public Task UntilWeightAsync(double weight) => UntilAsync(() => Weight == weight);

    public static Task UntilAsync(Func<bool> condition) => Deadline.UntilAsync(condition, "the control side");

    /// <summary>Changes a file of the configuration, all at once.</summary>
    public void Write(string name, string content) => File.Move(_folder.Write(name + ".new", content), Path.Combine(_folder.Root, name), overwrite: true);

    /// <summary>Changes a file of the configuration and waits until it is taken in.</summary>
    public async Task ReloadAsync(string name, string content)
    {
        Snapshot before = Snapshot;
        Write(name, content);
        await UntilAsync(() => !ReferenceEquals(before, Snapshot));
        Kubernetes.Tick(); // waits for the lock: what the load asks for is followed by then
    }

    public string Metrics() => System.Text.Encoding.UTF8.GetString(new Exposition(Control, () => Clock.Now).Render());

    public void Dispose()
    {
        Kubernetes.Dispose();
        _configuration.Dispose();
        foreach (Worker worker in Control.Workers)
        {
            worker.Loop.Dispose();
        }

        _folder.Dispose();
    }
}
