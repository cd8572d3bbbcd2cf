// The ways in which the fake API server misbehaves, each a switch that a test turns. Any thread; a change counts from the next byte or request on.

using System.Text.Json.Nodes;

namespace OpenClaw.TestKit.Kubernetes;

public sealed class ApiFaults
{
    private readonly List<(Predicate<ApiCall> Which, ApiStatus Answer)> _refusals = []; // locked
    private volatile TaskCompletionSource? _stall;
    private int _cuts;

    /// <summary>A watch from a version that is forgotten gets 200 and an ERROR event instead of 410.</summary>
    public volatile bool ExpireInStream;

    /// <summary>Bytes go out in two writes wherever there is a character beyond ASCII: its first byte ends the first.</summary>
    public volatile bool SplitCharacters;

    /// <summary>A watch begins with what there is as ADDED, though its version says that the client has that.</summary>
    public volatile bool RepeatAdded;

    /// <summary>An old server: it does not know sendInitialEvents and overlooks it.</summary>
    public volatile bool IgnoreInitialEvents;

    /// <summary>Every object goes out as what this makes of it.</summary>
    public volatile Func<JsonObject, JsonNode>? Lie;

    /// <summary>Every event goes out as the line that this makes of it.</summary>
    public volatile Func<string, string>? Garble;

    /// <summary>Bodies go out in pieces of so many bytes, with a pause after each; null: at once.</summary>
    public volatile SlowBody? Slow;

    /// <summary>The next <paramref name="times"/> requests that match get this answer.</summary>
    public void Refuse(ApiStatus answer, int times = 1, Predicate<ApiCall>? which = null)
    {
        lock (_refusals)
        {
            _refusals.AddRange(Enumerable.Repeat((which ?? (_ => true), answer), times));
        }
    }

    /// <summary>The next event lines, so many, end in the middle, and their connection (over HTTP/2 their stream) breaks.</summary>
    public void CutLines(int lines) => Volatile.Write(ref _cuts, lines);

    /// <summary>Nothing goes out any more, no answer and no event, and no connection ends. (HTTP/2 pings are answered; a <see cref="Relay"/> stalls those too.)</summary>
    public void Stall() => _stall ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Resume()
    {
        TaskCompletionSource? stall = _stall;
        _stall = null;
        stall?.SetResult();
    }

    internal Task Moving => _stall?.Task ?? Task.CompletedTask;

    internal ApiStatus? RefusalOf(ApiCall call)
    {
        lock (_refusals) // in the order in which they were asked for, however many requests come at once
        {
            int first = _refusals.FindIndex(refusal => refusal.Which(call));
            if (first < 0)
            {
                return null;
            }

            ApiStatus answer = _refusals[first].Answer;
            _refusals.RemoveAt(first);
            return answer;
        }
    }

    internal bool TakeCut() => Volatile.Read(ref _cuts) > 0 && Interlocked.Decrement(ref _cuts) >= 0;
}

public sealed record SlowBody(int PieceBytes, TimeSpan Pause);
