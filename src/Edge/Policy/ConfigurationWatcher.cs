// Notices that a file of the configuration changed, or is handed a policy that counts in the place of its file; loads again and gives
// the result to one callback. Owns one control thread, on which the callback runs; never touches a worker.
//
// Two senses: inotify on the *directories* (an editor and a mounted ConfigMap both put a new file in the place of the old
// one, so a watch on the file itself would go blind), and once a second a look at the content through every symbolic link,
// which cannot miss. Content, not mtime and inode: the files are a few KiB, and equal content is the question anyway.

namespace OpenClaw.Edge.Policy;

public sealed class ConfigurationWatcher : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    /// <summary>So long nothing may happen before files are read: a writer's open, write and close lie well under it.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(3);

    /// <summary>A directory that is never quiet delays a load by at most this many times <see cref="Quiet"/>.</summary>
    private const int SettleRoundsMax = 4;

    private readonly ConfigurationLoader _loader;
    private readonly TimeProvider _time;
    private readonly Action<LoadResult> _onLoad;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private readonly List<FileSystemWatcher> _directories = [];

    // Written by any thread, read by the control thread.
    private volatile bool _reloadRequested;
    private volatile bool _stopping;
    private volatile bool _isCopyDoubted;
    private Offer? _offer;

    // Control thread only.
    private IReadOnlyList<WatchedFile> _files;
    private PolicyCopy? _copy; // counts in the place of the policy file
    private string? _policyFile;
    private string _policyDigest;
    private WatchedFile? _fallback; // the policy file as it was when the copy began to be doubted

    /// <param name="first">The load that is in force; its files are watched.</param>
    /// <param name="onLoad">Called on the control thread for every load, good or bad; must not throw.</param>
    public ConfigurationWatcher(ConfigurationLoader loader, LoadResult first, TimeProvider time, Action<LoadResult> onLoad)
    {
        _loader = loader;
        _time = time;
        _onLoad = onLoad;
        _files = first.Files;
        _policyFile = first.PolicyFile;
        _policyDigest = first.PolicyDigest;
        Arm();
        _thread = new Thread(Run) { IsBackground = true, Name = "configuration" };
        _thread.Start();
    }

    /// <summary>Loads even if nothing changed (SIGHUP); the result then says <see cref="LoadResult.Unchanged"/>. Any thread.</summary>
    public void RequestReload()
    {
        _reloadRequested = true;
        _wake.Set();
    }

    /// <summary>
    /// From now on this is the policy, and the policy file is not looked at. It is loaded at once, unless it is the one that was loaded last. Of several in a
    /// row the last counts. Any thread.
    /// </summary>
    /// <param name="copy">Null: the file counts again.</param>
    /// <param name="noticedAt">When it came (<see cref="TimeProvider.GetTimestamp"/>).</param>
    /// <param name="done">Called when it has been loaded, or another has come meanwhile.</param>
    public void Replace(PolicyCopy? copy, long noticedAt, Action done)
    {
        _isCopyDoubted = false;
        Interlocked.Exchange(ref _offer, new Offer(copy, noticedAt, done))?.Done();
        _wake.Set();
    }

    /// <summary>Nobody knows any more whether the copy is what it should be: it counts until the policy file changes. Any thread, the one that replaces.</summary>
    public void DoubtCopy()
    {
        _isCopyDoubted = true;
        _wake.Set();
    }

    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }

        Disarm();
        // _wake is left to the collector: an event under way may still set it.
    }

    /// <summary>What changed between two loads but waits for a restart, one line each.</summary>
    public static IReadOnlyList<string> RestartNeeded(EdgeSettings before, EdgeSettings after)
    {
        List<string> lines = new List<string>();
        if (!before.Listeners.Select(Socket).SequenceEqual(after.Listeners.Select(Socket)))
        {
            lines.Add("listeners: address, tls, minVersion and redirectToHttps take effect at the next start");
        }

        if (!Equals(before.Admin?.EndPoint, after.Admin?.EndPoint))
        {
            lines.Add("admin: address takes effect at the next start");
        }

        if (before.Workers != after.Workers)
        {
            lines.Add("workers: takes effect at the next start");
        }

        if (before.AccessLog != after.AccessLog)
        {
            lines.Add("accessLog: takes effect at the next start");
        }

        return lines;

        // Certificates are swapped while running and therefore not compared.
        static (string?, bool, bool?) Socket(ListenerSettings l) => (l.EndPoint?.ToString() ?? l.UnixPath, l.RedirectToHttps, l.Tls?.AllowTls12);
    }

    private void Run()
    {
        while (true)
        {
            bool signalled = _wake.WaitOne(Poll);
            long noticedAt = _time.GetTimestamp();
            if (_stopping)
            {
                return;
            }

            if (Take())
            {
                _wake.Set(); // whatever else there is to do comes right after it
                continue;
            }

            if (signalled)
            {
                Settle();
            }

            bool requested = _reloadRequested;
            _reloadRequested = false;
            bool changed = _files.Any(f => f.HasChanged()) | FallsBack();
            if (changed || requested)
            {
                Load(noticedAt, changed);
            }
            // A change that only the poll saw: a directory that was replaced took its watch with it.
            if (changed && !signalled)
            {
                Arm();
            }
        }
    }

    /// <summary>Takes in a copy that was offered.</summary>
    private bool Take()
    {
        if (Interlocked.Exchange(ref _offer, null) is not { } offer)
        {
            return false;
        }

        _copy = offer.Copy;
        _fallback = null;
        if (_copy is null || _copy.Digest != _policyDigest)
        {
            Load(offer.NoticedAt, changed: true);
        }
        else
        {
            _files = [.. _files.Where(file => file.Path != _policyFile)];
        }

        offer.Done();
        return true;
    }

    /// <summary>The copy is doubted, and the file has changed since: it counts again.</summary>
    private bool FallsBack()
    {
        if (_copy is null || !_isCopyDoubted || _policyFile is null)
        {
            _fallback = null;
            return false;
        }

        _fallback ??= WatchedFile.Now(_policyFile);
        if (!_fallback.HasChanged())
        {
            return false;
        }

        (_copy, _fallback) = (null, null);
        return true;
    }

    private void Settle()
    {
        for (int i = 0; i < SettleRoundsMax && _wake.WaitOne(Quiet); i++)
        {
            if (_stopping)
            {
                return;
            }
        }

        if (Volatile.Read(ref _offer) is not null)
        {
            _wake.Set(); // its own call may have been one of those just waited out
        }
    }

    private void Load(long noticedAt, bool changed)
    {
        LoadResult result = _loader.Load(noticedAt, _copy) with { Unchanged = !changed };
        // A load that failed early names fewer files; those of the last one stay under watch.
        List<WatchedFile> files = result.Files.ToList();
        if (result.Snapshot is null)
        {
            files.AddRange(_files.Where(old => files.All(f => f.Path != old.Path) && (_copy is null || old.Path != _policyFile)).Select(f => WatchedFile.Now(f.Path)));
        }

        bool moved = !files.Select(f => f.Path).SequenceEqual(_files.Select(f => f.Path));
        _files = files;
        _policyFile = result.PolicyFile;
        _policyDigest = result.PolicyDigest;
        if (moved)
        {
            Arm();
        }

        _onLoad(result);
    }

    /// <summary>Watches the directory of every file. Where inotify has no room left, the poll alone serves.</summary>
    private void Arm()
    {
        Disarm();
        foreach (IGrouping<string, string> directory in _files.Select(f => Path.GetFullPath(f.Path)).GroupBy(p => Path.GetDirectoryName(p) ?? "/"))
        {
            HashSet<string?> expected = directory.Select(p => Path.GetFileName(p)).ToHashSet<string?>();
            try
            {
                FileSystemWatcher watcher = new FileSystemWatcher(directory.Key)
                {
                    NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite,
                };
                watcher.Changed += (_, e) => WakeFor(e.Name);
                watcher.Created += (_, e) => WakeFor(e.Name);
                watcher.Deleted += (_, e) => WakeFor(e.Name);
                watcher.Renamed += (_, e) => WakeFor(e.Name);
                watcher.Error += (_, _) => _wake.Set();
                watcher.EnableRaisingEvents = true;
                _directories.Add(watcher);
            }
            catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
            {
                // No such directory, no permission, or no inotify instance left: the poll sees its files within a second.
            }

            // "..data" is the link that a mounted ConfigMap or Secret swaps.
            void WakeFor(string? name)
            {
                if (name is null || name == "..data" || expected.Contains(name))
                {
                    _wake.Set();
                }
            }
        }
    }

    private void Disarm()
    {
        foreach (FileSystemWatcher watcher in _directories)
        {
            watcher.Dispose();
        }

        _directories.Clear();
    }

    private sealed record Offer(PolicyCopy? Copy, long NoticedAt, Action Done);
}
