// What one worker counts apart from versions. The worker alone writes; same reading rule as VersionCounters.

using OpenClaw.Protocol;

namespace OpenClaw.Edge.Observe;

internal sealed class WorkerCounters
{
    private readonly long[] _rejects = new long[Enum.GetValues<ParseError>().Length];

    /// <summary>Answers the edge gave before it asked any version; the version label is "none".</summary>
    public VersionCounters None { get; } = new();

    public long DownstreamAccepted;
    public long DownstreamClosed;
    public long DownstreamRefused;
    public long HandshakesFull;
    public long HandshakesResumed;
    public long HandshakesFailed;
    public long InternalErrors;

    public long DownstreamOpen => Volatile.Read(ref DownstreamAccepted) - Volatile.Read(ref DownstreamClosed);

    public void CountReject(ParseError error) => _rejects[(int)error]++;

    public long Rejects(ParseError error) => Volatile.Read(ref _rejects[(int)error]);
}
