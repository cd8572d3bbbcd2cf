// Follows one object: lists it, watches it from there, and begins anew after every failure, until it is stopped. One task on the thread pool,
// which waits most of the time; hands every word of the server to one callback, on that task.

using System.Buffers;

namespace OpenClaw.Edge.Kubernetes;

/// <param name="json">The object; null: there is none. Good until the call returns.</param>
/// <param name="cameAt">When its last byte came (<see cref="TimeProvider.GetTimestamp"/>).</param>
/// <returns>Why it is not followed; null: it is.</returns>
internal delegate string? ObjectNews(ReadOnlySequence<byte>? json, long cameAt);

/// <param name="onLink">Called when the watch stands (null), and at every failure.</param>
/// <param name="random">0 to just under 1, evenly; one task at a time.</param>
internal sealed class ObjectWatch(ApiServer api, WatchStatus status, ObjectNews onNews, Action<ApiFault?> onLink, TimeProvider time, Func<double> random)
{
    /// <summary>A bookmark comes about every minute.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(150);

    private static readonly TimeSpan ListPatience = TimeSpan.FromSeconds(30);

    /// <summary>What the server may need to end a watch whose time is up, before that is done from here.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(30);

    /// <summary>A watch that ends sooner, and without a word, is none.</summary>
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(1);

    /// <summary>What a server may have this edge do within a second, in events, of which a request counts for many, and in time; a controller writes a few times a minute. Of more only the newest state counts.</summary>
    private const int EventsMax = 512;
    private const int EventsPerRequest = 16;
    private static readonly TimeSpan WorkMax = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Breath = TimeSpan.FromSeconds(1);

    /// <summary>One that broke sooner heeds its own pauses alone, or watches that break as soon as they stand would wake one another for ever.</summary>
    private static readonly TimeSpan ShortestProof = TimeSpan.FromSeconds(10);

    private readonly RetryPause _pause = new(time, random);
    private long _countedSince;
    private int _events; // since then
    private TimeSpan _worked; // likewise

    /// <summary>A list may come from what the first server at hand remembers; after that, none may lead back behind what was heard.</summary>
    private string? _oldest = "0";

    private string? _version; // null: a list is due
    private long? _stoodAt; // of the watch that was tried last; null: it did not stand

    /// <summary>Begins with a list, also after an exception: what could not be taken in is not asked for again, but what there is now.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        _version = null;
        while (!stop.IsCancellationRequested)
        {
            if (IsTooMuch(EventsPerRequest))
            {
                _version = null;
                await Task.Delay(Breath, time, stop);
            }

            Task others = api.NextStanding; // what stands while this one is being tried in vain counts as well
            _stoodAt = null;
            ApiFault? fault = _version is null ? await ListAsync(stop) : null;
            fault ??= await WatchAsync(stop);
            if (fault is not null)
            {
                _version = null;
                status.Failed(fault);
                onLink(fault);
                await PauseAsync(fault, _stoodAt is null ? others : api.NextStanding, stop);
            }
        }
    }

    /// <summary>Waits, but not longer than until another watch stands: the server is plainly there again. What it asked for itself is not cut short.</summary>
    private async Task PauseAsync(ApiFault fault, Task others, CancellationToken stop)
    {
        TimeSpan pause = _pause.After(fault);
        bool heedsOthers = _stoodAt is not { } stood || time.GetElapsedTime(stood) >= ShortestProof;
        TimeSpan alone = heedsOthers ? RetryPause.Asked(fault) : pause;
        await Task.Delay(alone, time, stop);
        try
        {
            await others.WaitAsync(pause - alone, time, stop);
        }
        catch (TimeoutException)
        {
            // nobody else was heard either
        }
    }

    private async Task<ApiFault?> ListAsync(CancellationToken stop)
    {
        (ApiBody? answer, ApiFault? fault) = await api.GetAsync(status.Object.ListTarget(_oldest), stop);
        if (answer is null)
        {
            return fault;
        }

        using ApiBody body = answer;
        if (await body.ReadAllAsync(ListPatience) is { } broken)
        {
            return broken;
        }

        if (!ObjectMetadata.TryRead(body.Bytes, out ObjectMetadata list) || JsonBytes.Elements(body.Bytes, "items") is not { Count: <= 1 } items)
        {
            return new ApiFault(WatchFailure.Malformed, "the answer is no list of one object at most");
        }

        if (items.Count > 0 && Identify(items[0], out _) is { } stranger)
        {
            return stranger;
        }

        Take(items.Count > 0 ? items[0] : null, list.Version, body.CameAt);
        _oldest = null;
        return null;
    }

    private async Task<ApiFault?> WatchAsync(CancellationToken stop)
    {
        int seconds = 300 + (int)(random() * 301);
        long begun = time.GetTimestamp();
        (ApiBody? answer, ApiFault? fault) = await api.GetAsync(status.Object.WatchTarget(_version!, seconds), stop);
        if (answer is null)
        {
            return fault;
        }

        using ApiBody body = answer;
        status.HeardAt = body.CameAt;
        status.Connected();
        onLink(null);
        _stoodAt = body.CameAt;
        api.Stands();
        TimeSpan longest = TimeSpan.FromSeconds(seconds) + EndPatience;
        for (bool isSilent = true; ; isSilent = false)
        {
            if (await body.ReadLineAsync(Silence, longest - time.GetElapsedTime(begun)) is { } broken)
            {
                return broken;
            }

            if (body.IsEnd)
            {
                return isSilent && time.GetElapsedTime(begun) < ShortestWatch ? new ApiFault(WatchFailure.Server, "the watch ended at once, without an event") : null;
            }

            long heardAt = time.GetTimestamp();
            if (Hear(body) is { } wrong)
            {
                return wrong;
            }

            _worked += time.GetElapsedTime(heardAt);
            if (IsTooMuch(1))
            {
                return null;
            }
        }
    }

    /// <summary>Counts what has been done. Whoever may write the object, or the server itself, would else keep this edge busy with states that are past.</summary>
    private bool IsTooMuch(int events)
    {
        if (time.GetElapsedTime(_countedSince) >= Breath)
        {
            (_countedSince, _events, _worked) = (time.GetTimestamp(), 0, TimeSpan.Zero);
        }

        _events += events;
        return _events > EventsMax || _worked > WorkMax;
    }

    private ApiFault? Hear(ApiBody body)
    {
        if (!WatchEvent.TryRead(body.Bytes, out WatchEvent heard))
        {
            return new ApiFault(WatchFailure.Malformed, "an event that is none");
        }

        status.HeardAt = body.CameAt;
        status.Counts.Count(heard.Type);
        switch (heard.Type)
        {
            case WatchEventType.Error:
                ApiStatus said = ApiStatus.Read(heard.Item);
                return ApiFault.Of(said.Code, said, retryAfter: null);
            case WatchEventType.Bookmark:
                if (!ObjectMetadata.TryRead(heard.Item, out ObjectMetadata mark))
                {
                    return Versionless;
                }

                Remember(mark.Version);
                return null;
            case WatchEventType.Unknown:
                return null;
        }

        if (Identify(heard.Item, out string version) is { } fault)
        {
            return fault;
        }

        Take(heard.Type == WatchEventType.Deleted ? null : heard.Item, version, body.CameAt);
        return null;
    }

    private static ApiFault Versionless => new(WatchFailure.Malformed, "an object without a version");

    /// <summary>Whether it is the object that was asked for.</summary>
    private ApiFault? Identify(in ReadOnlySequence<byte> item, out string version)
    {
        bool isVersioned = ObjectMetadata.TryRead(item, out ObjectMetadata metadata);
        version = metadata.Version;
        return !isVersioned ? Versionless
            : (metadata.Namespace, metadata.Name) == (status.Object.Namespace, status.Object.Name) ? null
            : new ApiFault(WatchFailure.Malformed, ApiFault.OneLine($"the API server has sent {metadata.Namespace}/{metadata.Name} instead"));
    }

    private void Take(ReadOnlySequence<byte>? item, string version, long cameAt)
    {
        status.HeardAt = cameAt;
        string? problem = onNews(item, cameAt);
        if (problem is not null && item is not null)
        {
            status.Counts.CountRefused();
        }

        status.Judged(problem);
        Remember(version);
    }

    private void Remember(string version)
    {
        _version = version;
        status.Version = version;
    }
}
