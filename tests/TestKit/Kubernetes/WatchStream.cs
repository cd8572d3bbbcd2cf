// One watch: the events of the objects it asked for, until its time is up, its client goes or the server ends it. Runs on pool threads; one owner.

using System.Text.Json.Nodes;

namespace OpenClaw.TestKit.Kubernetes;

internal sealed class WatchStream
{
    private readonly ApiCall _call;
    private readonly ObjectStore _store;
    private readonly ApiServerOptions _options;
    private readonly ApiFaults _faults;
    private readonly Predicate<StoredObject> _matches;
    private readonly CancellationTokenSource _expiry = new();
    private readonly TaskCompletionSource _standing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private long _version; // what the client has seen

    public WatchStream(ApiCall call, ObjectStore store, ApiServerOptions options, ApiFaults faults)
    {
        (_call, _store, _options, _faults) = (call, store, options, faults);
        Predicate<StoredObject> selected = FieldSelector.Parse(call.Query.GetValueOrDefault("fieldSelector"));
        _matches = item => item.Kind == call.Kind && (call.Namespace is null || item.Namespace == call.Namespace) && selected(item);
    }

    public ApiCall Call => _call;

    /// <summary>Done when the client has been told that it stands, and everything there was.</summary>
    public Task Standing => _standing.Task;

    /// <summary>Ends it with the event that says 410.</summary>
    public void Expire() => _expiry.Cancel();

    public async Task RunAsync(ApiBody body, CancellationToken stop)
    {
        string asked = _call.Query.GetValueOrDefault("resourceVersion") ?? "";
        bool fromNow = asked is "" or "0";
        bool wantsState = _call.Is("sendInitialEvents") && !_faults.IgnoreInitialEvents;
        _version = fromNow ? _store.Version : Known(asked);
        if (!wantsState && _store.After(_version) is null)
        {
            ApiStatus expired = ApiStatus.Expired(asked, _store.Versions.Show(_store.Version));
            if (!_faults.ExpireInStream)
            {
                throw new ApiException(expired);
            }

            await body.BeginAsync();
            await body.EventAsync("ERROR", expired.ToJson());
            return;
        }

        await body.BeginAsync();
        if (fromNow || wantsState || _faults.RepeatAdded)
        {
            (long version, StoredObject[] items) = _store.List(_matches);
            foreach (StoredObject item in items)
            {
                if (!await body.EventAsync("ADDED", body.Show(item)))
                {
                    return;
                }
            }

            _version = fromNow || wantsState ? version : _version;
        }

        if (wantsState && _call.Is("allowWatchBookmarks"))
        {
            await body.EventAsync("BOOKMARK", Bookmark(isEndOfState: true));
        }

        await FollowAsync(body, stop);
    }

    private async Task FollowAsync(ApiBody body, CancellationToken stop)
    {
        TimeSpan asked = int.TryParse(_call.Query.GetValueOrDefault("timeoutSeconds"), out int given) && given > 0 ? TimeSpan.FromSeconds(given) : TimeSpan.MaxValue;
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop, _expiry.Token);
        end.CancelAfter(asked < _options.LongestWatch ? asked : _options.LongestWatch);
        Task Pause() => Task.Delay(_call.Is("allowWatchBookmarks") ? _options.BookmarkInterval : Timeout.InfiniteTimeSpan, end.Token);
        Task bookmark = Pause();
        while (_store.After(_version) is { } news)
        {
            foreach (StoredChange change in news.Changes.Where(change => _matches(change.Object)))
            {
                if (!await body.EventAsync(change.Type, body.Show(change.Object)))
                {
                    return;
                }
            }

            _version = news.Version;
            _standing.TrySetResult();
            await Task.WhenAny(news.Next, bookmark);
            stop.ThrowIfCancellationRequested();
            if (_expiry.IsCancellationRequested)
            {
                break;
            }

            if (end.IsCancellationRequested)
            {
                return; // its time is up: the stream ends as it should
            }

            if (bookmark.IsCompleted)
            {
                await body.EventAsync("BOOKMARK", Bookmark(isEndOfState: false));
                bookmark = Pause();
            }
        }

        string version = _store.Versions.Show(_version);
        await body.EventAsync("ERROR", ApiStatus.Expired(version, version).ToJson());
    }

    private JsonObject Bookmark(bool isEndOfState)
    {
        JsonObject metadata = new() { ["resourceVersion"] = _store.Versions.Show(_version), ["creationTimestamp"] = null };
        if (isEndOfState)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }

        return new JsonObject { ["kind"] = _call.Kind!.Kind, ["apiVersion"] = _call.Kind.GroupVersion, ["metadata"] = metadata };
    }

    private long Known(string asked)
    {
        long version = _store.Versions.Read(asked) ?? throw new ApiException(ApiStatus.BadRequest($"resourceVersion: Invalid value: \"{asked}\""));
        return version <= _store.Version ? version : throw new ApiException(ApiStatus.TooLarge(asked, _store.Versions.Show(_store.Version)));
    }
}
