// One object of Kubernetes that is followed: its watch as a task of its own, and what the log is told of it, once for every change and not for
// every attempt. Belongs to KubernetesControl.

using System.Globalization;
using Microsoft.Extensions.Logging;
using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Observe;

namespace OpenClaw.Edge;

internal sealed class FollowedObject
{
    /// <summary>After a fault of our own.</summary>
    private static readonly TimeSpan BugPause = TimeSpan.FromSeconds(30);

    private readonly ApiServer _api;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _firstWord = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Of the watch's task alone.
    private WatchFailure? _failing;
    private bool _hasStood;
    private bool _isTold; // that it fails
    private long _failedAt;
    private string? _problem;

    public FollowedObject(WatchedObject item, WatchCounts counts, ApiServer api, TimeProvider time, ILogger log)
    {
        Status = new WatchStatus(item, counts, time.GetTimestamp());
        _api = api;
        _time = time;
        _log = log;
    }

    public WatchStatus Status { get; }

    /// <summary>Ends with the first word of the server about the object, whatever it is.</summary>
    public Task FirstWord => _firstWord.Task;

    public bool IsStopped => _stop.IsCancellationRequested;

    /// <param name="onNews">What the server says; it calls <see cref="Heard"/> when it has been taken in.</param>
    /// <param name="onLoss">The link is gone.</param>
    public void Start(ObjectNews onNews, Action? onLoss = null)
    {
        void OnLink(ApiFault? fault) => Tell(fault, onLoss);
        ObjectWatch watch = new(_api, Status, Judged(onNews), OnLink, _time, Random.Shared.NextDouble);
        _ = Task.Run(() => RunAsync(watch, OnLink));
    }

    /// <summary>What is under way ends; no word of it is taken any more, if the caller looks at <see cref="IsStopped"/>.</summary>
    public void Stop()
    {
        _stop.Cancel();
        _firstWord.TrySetResult();
    }

    public void Heard() => _firstWord.TrySetResult();

    private async Task RunAsync(ObjectWatch watch, Action<ApiFault> onFault)
    {
        while (!IsStopped)
        {
            try
            {
                await watch.RunAsync(_stop.Token);
            }
            catch (Exception) when (IsStopped)
            {
                return; // cancelled, or the connections were closed under it
            }
            catch (Exception bug) // nobody else would see that the watch has ended
            {
                Log.KubernetesBug(_log, Status.Object.ToString(), bug);
                ApiFault fault = new(WatchFailure.Malformed, "a fault of the edge itself");
                Status.Failed(fault);
                onFault(fault);
                await Task.Delay(BugPause, _time, CancellationToken.None);
            }
        }
    }

    private ObjectNews Judged(ObjectNews onNews) => (json, cameAt) =>
    {
        string? problem = onNews(json, cameAt);
        if (problem != _problem && !IsStopped)
        {
            _problem = problem;
            Log.Kubernetes(_log, problem is null ? LogLevel.Information : LogLevel.Error, $"{Status.Object} {problem ?? "is followed again"}");
        }

        return problem;
    };

    private void Tell(ApiFault? fault, Action? onLoss)
    {
        if (IsStopped)
        {
            return;
        }

        if (fault is null)
        {
            if (!_hasStood || _isTold)
            {
                string lost = _hasStood ? string.Create(CultureInfo.InvariantCulture, $" again, after {_time.GetElapsedTime(_failedAt).TotalSeconds:0.#} s") : "";
                Log.Kubernetes(_log, LogLevel.Information, $"{Status.Object} is watched{lost}, at {_api.Address.GetLeftPart(UriPartial.Authority)}");
            }

            (_hasStood, _isTold, _failing) = (true, false, null);
            return;
        }

        bool isFirst = _failing is null;
        if (isFirst)
        {
            _failedAt = _time.GetTimestamp();
            onLoss?.Invoke();
        }

        // A server forgets old versions every few minutes; only if that goes on something is wrong.
        bool isNews = isFirst ? fault.Cause != WatchFailure.Expired : !_isTold || _failing != fault.Cause;
        _failing = fault.Cause;
        if (isNews)
        {
            _isTold = true;
            string known = Status.Version is null ? "nothing is known of it yet" : "what it said last counts";
            Log.Kubernetes(_log, LogLevel.Warning, $"{Status.Object} cannot be watched ({ApiFault.Labels[(int)fault.Cause]}): {fault.Text}; {known}, and the edge goes on trying");
        }
    }
}
