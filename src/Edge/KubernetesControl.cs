// What objects of Kubernetes have a say in this process: follows those that the configuration names, lays what route and rollout say over the
// policy's weights, and hands the policy of a ConfigMap to the loader. Its callers are the watches' tasks, the configuration's thread and the
// ticking one; a lock keeps them apart, which is taken before that of Control.

using System.Buffers;
using System.Globalization;
using Microsoft.Extensions.Logging;
using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge;

internal sealed class KubernetesControl : IDisposable
{
    private static readonly TrafficReading Nothing = new();

    /// <summary>Whoever writes the objects decides how much there is to say of them; so much of one version of one goes into the log.</summary>
    private const int NotesMax = 16, RoutesShown = 8;

    private readonly Lock _lock = new();
    private readonly Control _control;
    private readonly Func<KubernetesSettings, ApiServer> _connect;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly WatchCounts[] _counts = [.. WatchedObject.Labels.Select(_ => new WatchCounts())];
    private readonly FollowedObject?[] _followed = new FollowedObject?[WatchedObject.Labels.Count]; // by kind
    private readonly TrafficReading?[] _readings = new TrafficReading?[WatchedObject.Labels.Count]; // the last good one; null: there was none
    private ConfigurationWatcher? _configuration;
    private ApiServer? _api;
    private Snapshot? _snapshot; // under which all that is followed was begun
    private ExternalWeights? _published;
    private bool _isStale;
    private bool _hasPolicy; // that of a ConfigMap, or what became of it, stands in the place of the file

    /// <param name="connect">Makes what talks to an API server.</param>
    public KubernetesControl(Control control, Func<KubernetesSettings, ApiServer> connect, TimeProvider time, ILogger log)
    {
        _control = control;
        _connect = connect;
        _time = time;
        _log = log;
    }

    /// <summary>What is followed now; any thread.</summary>
    public IReadOnlyList<WatchStatus> Watches => [.. _followed.OfType<FollowedObject>().Select(followed => followed.Status)];

    /// <summary>The age of a watch's last word, in seconds.</summary>
    public double AgeSeconds(WatchStatus watch) => _time.GetElapsedTime(watch.HeardAt).TotalSeconds;

    public static ApiServer Connect(KubernetesSettings settings) =>
        new(settings, $"openclaw-edge/{Release.Version}", new ApiTransport(settings), TimeProvider.System);

    /// <summary>Begins with what the configuration in force names.</summary>
    /// <param name="configuration">Takes the policy of a ConfigMap.</param>
    public void Start(ConfigurationWatcher configuration)
    {
        lock (_lock)
        {
            _configuration = configuration;
            Follow(_control.Plan.Snapshot);
        }
    }

    /// <summary>Ends when every object that is followed has been heard of, or the time is up.</summary>
    public async Task HearFirstWordsAsync(TimeSpan patience)
    {
        long begun = _time.GetTimestamp();
        try
        {
            // One after the other, as the first may be a policy that names others.
            while (_followed.FirstOrDefault(followed => followed?.FirstWord.IsCompleted == false) is { } waiting)
            {
                TimeSpan left = patience - _time.GetElapsedTime(begun);
                await waiting.FirstWord.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time);
            }
        }
        catch (TimeoutException)
        {
            Log.Kubernetes(_log, LogLevel.Warning, "the API server has not said everything yet; the start does not wait for it any longer");
        }
    }

    /// <summary>Takes in the result of a load, and follows what it names.</summary>
    public void Apply(LoadResult load)
    {
        lock (_lock)
        {
            _control.Apply(load);
            if (_configuration is not null)
            {
                Follow(_control.Plan.Snapshot);
            }
        }
    }

    /// <summary>Now and then: sees whether the last word has grown too old, or a new one has come.</summary>
    public void Tick()
    {
        lock (_lock)
        {
            if (IsStaleNews())
            {
                Publish(_time.GetTimestamp());
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            StopAll();
        }
    }

    /// <summary>What has the weights: the route where one is named.</summary>
    private FollowedObject? Deciding => _followed[(int)WatchedKind.HttpRoute] ?? _followed[(int)WatchedKind.Rollout];

    private void Follow(Snapshot snapshot)
    {
        KubernetesSettings settings = snapshot.Edge.Kubernetes, before = _snapshot?.Edge.Kubernetes ?? new KubernetesSettings();
        if ((settings.Api, settings.CaFile, settings.TokenFile) != (before.Api, before.CaFile, before.TokenFile))
        {
            StopAll();
            _api = settings.Api is null ? null : _connect(settings);
        }

        WeightFromSettings? from = snapshot.Written.WeightFrom;
        string home = settings.Namespace ?? NamespaceOfPod(settings);
        TrafficQuestion? question = from is null ? null : QuestionOf(snapshot, from, home);
        if (!AsksTheSame(snapshot, _snapshot))
        {
            Stop(WatchedKind.HttpRoute);
            Stop(WatchedKind.Rollout);
            (_published, _isStale) = (null, false);
        }

        _snapshot = snapshot;
        Keep(WatchedKind.HttpRoute, from?.HttpRoute, question?.Namespace, json => HttpRouteReader.Read(json, question!), (reading, cameAt) => Take(WatchedKind.HttpRoute, reading, cameAt));
        Keep(WatchedKind.Rollout, from?.Rollout, question?.Namespace, json => from!.HttpRoute is null ? RolloutReader.Read(json, question!) : RolloutReader.ReadReleases(json, question!),
            (reading, cameAt) => Take(WatchedKind.Rollout, reading, cameAt));
        KeepPolicy(settings, home, isKeyNew: settings.PolicyKey != before.PolicyKey);
    }

    private void KeepPolicy(KubernetesSettings settings, string home, bool isKeyNew)
    {
        if (isKeyNew)
        {
            Stop(WatchedKind.ConfigMap);
        }

        Keep(WatchedKind.ConfigMap, settings.PolicyConfigMap, home, json => ReadPolicy(json, settings, home), TakePolicy, () => _configuration!.DoubtCopy());
        bool follows = _followed[(int)WatchedKind.ConfigMap] is not null;
        if (_hasPolicy && !follows)
        {
            _configuration!.Replace(null, _time.GetTimestamp(), () => { });
        }

        _hasPolicy = follows;
    }

    /// <summary>Whether the answers of route and rollout mean under the one configuration what they mean under the other.</summary>
    private static bool AsksTheSame(Snapshot now, Snapshot? before) =>
        before is not null && (now.Written.WeightFrom?.AsksTheSame(before.Written.WeightFrom) ?? before.Written.WeightFrom is null)
        && now.Edge.Stable == before.Edge.Stable && now.Edge.Kubernetes.Namespace == before.Edge.Kubernetes.Namespace
        && now.Written.Canaries.Select(canary => canary.Version).SequenceEqual(before.Written.Canaries.Select(canary => canary.Version));

    private static TrafficQuestion QuestionOf(Snapshot snapshot, WeightFromSettings from, string home) => new(
        from.Namespace ?? home, from.Services, snapshot.Edge.Stable, [.. snapshot.Written.Canaries.Select(canary => canary.Version)], from.Hostnames);

    private static string NamespaceOfPod(KubernetesSettings settings)
    {
        try
        {
            return File.ReadAllText(settings.NamespaceFile).Trim() is { Length: > 0 } home ? home : "default";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "default"; // this is no pod; it is what every tool of Kubernetes takes then
        }
    }

    /// <summary>Goes on following an object, begins to, or ends it.</summary>
    /// <param name="name">Null: none of this kind is to be followed.</param>
    /// <param name="read">Reads the object, on its watch's task and without the lock: the ticking thread must not wait for an object that takes long to read.</param>
    /// <param name="take">Takes in what was read; null: there is no object.</param>
    private void Keep<T>(WatchedKind kind, string? name, string? space, Func<ReadOnlySequence<byte>, T> read, Func<T?, long, string?> take, Action? onLoss = null) where T : class
    {
        WatchedObject? wanted = name is null || _api is null ? null : new WatchedObject(kind, space!, name);
        if (_followed[(int)kind]?.Status.Object == wanted)
        {
            return;
        }

        Stop(kind);
        if (wanted is not null)
        {
            FollowedObject followed = new(wanted, _counts[(int)kind], _api!, _time, _log);
            _followed[(int)kind] = followed;
            followed.Start((json, cameAt) =>
            {
                T? said = json is { } bytes ? read(bytes) : null;
                lock (_lock)
                {
                    return followed.IsStopped ? null : take(said, cameAt);
                }
            }, onLoss is null ? null : () =>
            {
                lock (_lock)
                {
                    if (!followed.IsStopped)
                    {
                        onLoss();
                    }
                }
            });
        }
    }

    private void Stop(WatchedKind kind)
    {
        _followed[(int)kind]?.Stop();
        _followed[(int)kind] = null;
        _readings[(int)kind] = null;
    }

    private void StopAll()
    {
        foreach (WatchedKind kind in Enum.GetValues<WatchedKind>())
        {
            Stop(kind);
        }

        _api?.Dispose();
        _api = null;
    }

    /// <returns>Why it is not followed, in words that come after the object's name; null: it is.</returns>
    private string? Take(WatchedKind kind, TrafficReading? said, long cameAt)
    {
        FollowedObject followed = _followed[(int)kind]!;
        TrafficReading reading = said ?? Nothing;
        if (reading.Refusal is null)
        {
            string[] notes = [.. reading.Notes.Except(_readings[(int)kind]?.Notes ?? [])];
            foreach (string note in notes.Take(NotesMax).Concat(notes.Length > NotesMax ? [$"{notes.Length - NotesMax} more of this sort"] : []))
            {
                Log.Kubernetes(_log, LogLevel.Warning, $"{followed.Status.Object}: {note}");
            }

            _readings[(int)kind] = reading;
            IsStaleNews();
            Publish(cameAt);
        }

        followed.Heard();
        string nothing = followed == Deciding ? "the canaries get nothing" : "new releases cannot be told apart";
        return reading.Refusal is { } refusal ? $"is not followed: {refusal}; {(_readings[(int)kind] is null ? nothing : "what it said before stays in force")}"
            : said is null ? $"does not exist; {nothing}" : null;
    }

    /// <summary>Whether the last word has just grown too old, or has just been followed by another.</summary>
    private bool IsStaleNews()
    {
        if (Deciding is not { } deciding || _readings[(int)deciding.Status.Object.Kind] is null)
        {
            return false;
        }

        TimeSpan age = _time.GetElapsedTime(deciding.Status.HeardAt);
        if (age >= (_snapshot!.Written.WeightFrom!.StaleAfter ?? TimeSpan.MaxValue) == _isStale)
        {
            return false;
        }

        _isStale = !_isStale;
        Log.Kubernetes(_log, _isStale ? LogLevel.Warning : LogLevel.Information, _isStale
            ? string.Create(CultureInfo.InvariantCulture, $"{deciding.Status.Object}: no word of the API server for {age.TotalSeconds:0} s, which is more than staleAfter; the canaries get nothing")
            : $"{deciding.Status.Object}: the API server speaks again, and what it says counts");
        return true;
    }

    /// <summary>Publishes what has been read, if it is news. Whoever has the weights has to have spoken.</summary>
    private void Publish(long noticedAt)
    {
        if (Deciding is not { } deciding || _readings[(int)deciding.Status.Object.Kind] is not { } said)
        {
            return;
        }

        TrafficReading heard = _isStale ? Nothing : said;
        ExternalWeights weights = new(heard.Shares, noticedAt) { HeaderRoutes = heard.HeaderRoutes, Releases = (_readings[(int)WatchedKind.Rollout] ?? said).Releases };
        if (!weights.SaysTheSame(_published))
        {
            string words = InWords(weights);
            bool isTold = _published is not null && InWords(_published) == words; // what is new is a release, of which the guard tells
            _control.Apply(weights);
            _published = weights; // not before: what could not be applied is news still
            if (!isTold)
            {
                Log.Kubernetes(_log, LogLevel.Information, $"{deciding.Status.Object}: {words}");
            }
        }
    }

    private string InWords(ExternalWeights weights)
    {
        IEnumerable<string> shares = _snapshot!.Written.Canaries.Select(canary => string.Create(CultureInfo.InvariantCulture, $"{canary.Version} {100 * weights.Shares.GetValueOrDefault(canary.Version):0.##} %"));
        IEnumerable<string> routes = weights.HeaderRoutes.Take(RoutesShown).Select(route => $"{route.Name} to {route.Version}");
        return string.Join(", ", shares) + (weights.HeaderRoutes.Count == 0 ? "" : $", and by header {string.Join(", ", routes)}{(weights.HeaderRoutes.Count > RoutesShown ? ", ..." : "")}");
    }

    private static PolicyCopy ReadPolicy(in ReadOnlySequence<byte> json, KubernetesSettings settings, string home)
    {
        string name = new WatchedObject(WatchedKind.ConfigMap, home, settings.PolicyConfigMap!).ToString();
        return ConfigMapReader.Read(json, settings.PolicyKey, out byte[]? policy) is { } problem ? new PolicyCopy(name, null, problem) : new PolicyCopy($"{name}, {settings.PolicyKey}", policy);
    }

    private string? TakePolicy(PolicyCopy? said, long cameAt)
    {
        FollowedObject followed = _followed[(int)WatchedKind.ConfigMap]!;
        PolicyCopy copy = said ?? new PolicyCopy(followed.Status.Object.ToString(), null, "does not exist");
        _configuration!.Replace(copy, cameAt, followed.Heard);
        return copy.Problem is { } problem ? $"{(said is null ? "" : "has no policy: ")}{problem}; the policy in force stays" : null;
    }
}
