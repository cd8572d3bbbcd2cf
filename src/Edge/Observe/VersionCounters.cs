// What one worker counts for one version. The worker alone writes, with plain adds; a scrape on another thread sums the
// workers' copies and may be a request behind. Arrays stand on their own cache lines by their size.

using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Observe;

internal sealed class VersionCounters
{
    public static readonly int Roles = Enum.GetValues<Role>().Length;
    public static readonly int Reasons = Enum.GetValues<Reason>().Length;

    /// <summary>1xx..5xx by their first digit; 0: no answer could be given.</summary>
    public const int CodeClasses = 6;

    private readonly long[] _requests = new long[Roles * CodeClasses * Reasons];
    private readonly DurationHistogram[] _durations;
    private readonly long[] _upstreamErrors = new long[Enum.GetValues<UpstreamStage>().Length];

    public VersionCounters()
    {
        _durations = new DurationHistogram[Roles];
        for (int i = 0; i < Roles; i++)
        {
            _durations[i] = new DurationHistogram();
        }
    }

    /// <summary>Feedback tokens that went out with this version's answers.</summary>
    public long TokensIssued;

    /// <summary>Copies of requests that this version got; they count nowhere else.</summary>
    public MirrorCounters Mirrored { get; } = new();

    public void CountRequest(Role role, int status, Reason reason, long durationNanoseconds)
    {
        int codeClass = status / 100;
        _requests[Index(role, (uint)codeClass < CodeClasses ? codeClass : 0, reason)]++;
        _durations[(int)role].Add(durationNanoseconds);
    }

    public void CountUpstreamError(UpstreamStage stage) => _upstreamErrors[(int)stage]++;

    public long Requests(Role role, int codeClass, Reason reason) => Volatile.Read(ref _requests[Index(role, codeClass, reason)]);

    public DurationHistogram Durations(Role role) => _durations[(int)role];

    public long UpstreamErrors(UpstreamStage stage) => Volatile.Read(ref _upstreamErrors[(int)stage]);

    private static int Index(Role role, int codeClass, Reason reason) => (((int)role * CodeClasses) + codeClass) * Reasons + (int)reason;
}
