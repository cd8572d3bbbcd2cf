// What became of the copies of requests that were meant for a mirrored version. The worker alone writes; a scrape on another
// thread reads, and may be a copy behind.

namespace OpenClaw.Edge.Forward;

/// <summary>The <c>result</c> label of openclaw_mirror_requests_total.</summary>
internal enum MirrorResult : byte
{
    /// <summary>A whole head of an answer came, whatever its status.</summary>
    Answered,

    /// <summary>None came: no connection, a broken one, no valid HTTP/1.1, or not in time.</summary>
    Failed,

    /// <summary>Not sent: as many copies were under way as may be.</summary>
    Dropped,
}

internal sealed class MirrorCounters
{
    private readonly long[] _results = new long[3];

    public void Count(MirrorResult result) => _results[(int)result]++;

    public long Of(MirrorResult result) => Volatile.Read(ref _results[(int)result]);

    public static string Label(MirrorResult result) => result switch
    {
        MirrorResult.Answered => "answered",
        MirrorResult.Failed => "failed",
        _ => "dropped",
    };
}
