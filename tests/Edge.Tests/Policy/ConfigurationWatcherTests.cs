using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Policy;

/// <summary>Real files and real inotify; every wait is bounded and ends at the event.</summary>
public sealed class ConfigurationWatcherTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TestFolder _folder = new();
    private readonly BlockingCollection<LoadResult> _loads = [];
    private ConfigurationWatcher? _watcher;

    public void Dispose()
    {
        _watcher?.Dispose();
        _folder.Dispose();
    }

    private static string Weighing(double weight) => FormattableString.Invariant($"canary: {{version: v2, weight: {weight}}}");

    private void Start(LaunchSettings? launch = null)
    {
        if (!File.Exists(_folder.EdgePath))
        {
            _folder.Write("edge.yaml", TestFolder.Edge);
        }

        ConfigurationLoader loader = new ConfigurationLoader(launch ?? _folder.Launch);
        LoadResult first = loader.Load(TimeProvider.System);
        Assert.Empty(first.Faults);
        _watcher = new ConfigurationWatcher(loader, first, TimeProvider.System, _loads.Add);
    }

    /// <summary>Takes loads until one has this weight; what a half-done change showed in between does not matter.</summary>
    private LoadResult Await(double weight)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (waited.Elapsed < Patience)
        {
            if (_loads.TryTake(out LoadResult? load, Patience) && load.Snapshot?.Rollout.Canaries[0].Weight == weight)
            {
                return load;
            }
        }
        throw new TimeoutException($"no load with weight {weight}");
    }

    [Fact]
    public void SwappedDataLinkOfAMountedConfigMap_IsSeen()
    {
        // The kubelet's layout: policy.yaml -> ..data/policy.yaml, ..data -> a directory with a time stamp.
        string mount = Directory.CreateDirectory(Path.Combine(_folder.Root, "mount")).FullName;
        void Stage(string stamp, string content)
        {
            Directory.CreateDirectory(Path.Combine(mount, stamp));
            File.WriteAllText(Path.Combine(mount, stamp, "policy.yaml"), content);
            File.CreateSymbolicLink(Path.Combine(mount, "..data_tmp"), stamp);
            Assert.Equal(0, Rename(Path.Combine(mount, "..data_tmp"), Path.Combine(mount, "..data")));
        }
        Stage("..2026_a", Weighing(0.1));
        File.CreateSymbolicLink(Path.Combine(mount, "policy.yaml"), "..data/policy.yaml");
        Start(_folder.Launch with { PolicyFlag = Path.Combine(mount, "policy.yaml") });

        for (int i = 2; i < 6; i++)
        {
            long before = Stopwatch.GetTimestamp();
            Stage($"..2026_{i}", Weighing(i / 10.0));
            Directory.Delete(Path.Combine(mount, i == 2 ? "..2026_a" : $"..2026_{i - 1}"), recursive: true);
            LoadResult load = Await(i / 10.0);
            Assert.InRange(load.Snapshot!.NoticedAt, before, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>rename(2) itself: File.Move follows a link to a directory.</summary>
    [DllImport("libc", EntryPoint = "rename")]
    private static extern int Rename([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

    [Fact]
    public void OverwrittenInPlace_IsSeen()
    {
        _folder.Write("policy.yaml", Weighing(0.1));
        Start();
        _folder.Write("policy.yaml", Weighing(0.2));
        Await(0.2);
    }

    [Fact]
    public void RenamedOver_IsSeen()
    {
        _folder.Write("policy.yaml", Weighing(0.1));
        Start();
        File.Move(_folder.Write("policy.yaml.new", Weighing(0.3)), _folder.PolicyPath, overwrite: true);
        Await(0.3);
    }

    [Fact]
    public void DeletedAndWrittenAnew_IsSeen()
    {
        _folder.Write("policy.yaml", Weighing(0.1));
        Start();
        File.Delete(_folder.PolicyPath);
        Assert.True(_loads.TryTake(out LoadResult? missing, Patience));
        Assert.EndsWith("policy.yaml does not exist", Assert.Single(missing.Faults).Message);
        _folder.Write("policy.yaml", Weighing(0.4));
        Await(0.4);
    }

    [Fact]
    public void DirectoryReplacedWhole_IsSeen()
    {
        string place = Path.Combine(_folder.Root, "place");
        void Put(double weight)
        {
            string fresh = Directory.CreateDirectory(Path.Combine(_folder.Root, "fresh")).FullName;
            File.WriteAllText(Path.Combine(fresh, "policy.yaml"), Weighing(weight));
            if (Directory.Exists(place))
            {
                Directory.Delete(place, recursive: true);
            }

            Directory.Move(fresh, place);
        }
        Put(0.1);
        Start(_folder.Launch with { PolicyFlag = Path.Combine(place, "policy.yaml") });
        Put(0.2);
        Await(0.2);
        File.WriteAllText(Path.Combine(place, "policy.yaml"), Weighing(0.3));
        Await(0.3);
    }

    [Fact]
    public void TargetOfALinkElsewhere_IsSeenByThePoll()
    {
        using TestFolder elsewhere = new TestFolder();
        elsewhere.Write("policy.yaml", Weighing(0.1));
        File.CreateSymbolicLink(_folder.PolicyPath, elsewhere.PolicyPath);
        Start();
        elsewhere.Write("policy.yaml", Weighing(0.2));
        Await(0.2);
    }

    [Fact]
    public void BadFile_IsReportedOnceAndTheRepairIsTaken()
    {
        _folder.Write("policy.yaml", Weighing(0.1));
        Start();
        File.Move(_folder.Write("new", "canary: ["), _folder.PolicyPath, overwrite: true);
        Assert.True(_loads.TryTake(out LoadResult? bad, Patience));
        Assert.Null(bad.Snapshot);
        File.Move(_folder.Write("new", Weighing(0.5)), _folder.PolicyPath, overwrite: true);
        Assert.True(_loads.TryTake(out LoadResult? good, Patience));
        Assert.Equal(0.5, good.Snapshot!.Rollout.Canaries[0].Weight);
    }

    [Fact]
    public void SameBytes_AreNoReloadUnlessAskedFor()
    {
        _folder.Write("policy.yaml", Weighing(0.1));
        Start();
        File.Move(_folder.Write("new", Weighing(0.1)), _folder.PolicyPath, overwrite: true);
        _watcher!.RequestReload();
        Assert.True(_loads.TryTake(out LoadResult? asked, Patience));
        Assert.True(asked.Unchanged);
        Assert.NotNull(asked.Snapshot);

        _folder.Write("policy.yaml", Weighing(0.2));
        Assert.False(Await(0.2).Unchanged);
        Assert.Empty(_loads);
    }

    [Fact]
    public void RenewedCertificate_IsAReload()
    {
        string cert = _folder.Write("tls.crt", "one"), key = _folder.Write("tls.key", "one");
        _folder.Write("edge.yaml", $$"""
            listeners: [{address: "127.0.0.1:1", tls: {certificates: [{certFile: {{cert}}, keyFile: {{key}} }] } }]
            versions: {v1: {endpoints: ["http://h"]}, v2: {endpoints: ["http://h"]} }
            """);
        _folder.Write("policy.yaml", Weighing(0.1));
        Start();
        _folder.Write("tls.crt", "two");
        Assert.False(Await(0.1).Unchanged);
    }

    [Fact]
    public void PolicyNamedByAChangedEdgeFile_IsWatchedFromThenOn()
    {
        using TestFolder elsewhere = new TestFolder();
        string first = _folder.Write("first.yaml", Weighing(0.1)), second = elsewhere.Write("second.yaml", Weighing(0.2));
        _folder.Write("edge.yaml", $"{TestFolder.Edge}\npolicy: {first}");
        Start(new LaunchSettings { ConfigFlag = _folder.EdgePath });
        _folder.Write("edge.yaml", $"{TestFolder.Edge}\npolicy: {second}");
        Await(0.2);
        elsewhere.Write("second.yaml", Weighing(0.3));
        Await(0.3);
    }

    [Fact]
    public void Restart_IsNeededForWhatIsBoundAtStart()
    {
        EdgeSettings before = TestFolder.Load(TestFolder.Edge, "{}").Snapshot!.Edge;
        EdgeSettings After(string more, string from = "x", string to = "x") =>
            TestFolder.Load(TestFolder.Edge.Replace(from, to) + "\n" + more, "{}").Snapshot!.Edge;
        string[] Keys(EdgeSettings after) => ConfigurationWatcher.RestartNeeded(before, after).Select(l => l.Split(':')[0]).ToArray();

        Assert.Empty(Keys(After("limits: {fields: 50}", ":9001", ":9009")));
        Assert.Equal(["listeners"], Keys(After("", ":8080", ":8081")));
        Assert.Equal(["listeners", "admin", "workers"], Keys(After("admin: none\nworkers: 2", "127.0.0.1:8080", "unix:/run/x.sock")));
        Assert.Equal(["accessLog"], Keys(After("accessLog: {path: stdout}")));
        Assert.Equal(["admin"], Keys(After("admin: {address: \"127.0.0.1:1\"}")));
    }

    [Fact]
    public void CertificatePaths_ChangeWithoutARestart()
    {
        EdgeSettings With(string cert) => TestFolder.Load($$"""
            listeners: [{address: "127.0.0.1:1", tls: {certificates: [{certFile: {{cert}}, keyFile: k }] } }]
            versions: {v1: {endpoints: ["http://h"]} }
            """, "{}").Snapshot!.Edge;
        Assert.Empty(ConfigurationWatcher.RestartNeeded(With("a"), With("b")));
    }
}
