// How long a watch that failed waits before it asks again. One task at a time; time and chance are passed in.

namespace OpenClaw.Edge.Kubernetes;

/// <param name="random">0 to just under 1, evenly.</param>
internal sealed class RetryPause(TimeProvider time, Func<double> random)
{
    // The figures of Kubernetes' own clients (client-go, tools/cache/reflector.go).
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.8);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(2);

    /// <summary>A server may ask for more peace than that, within reason.</summary>
    private static readonly TimeSpan GrantedMax = TimeSpan.FromMinutes(2);

    private int _failures;
    private long _failedAt;

    /// <summary>Evenly between nothing and a ceiling that doubles with every failure, so that edges which lost the same server do not come back as one.</summary>
    public TimeSpan After(ApiFault fault)
    {
        if (time.GetElapsedTime(_failedAt) >= Quiet)
        {
            _failures = 0;
        }

        _failedAt = time.GetTimestamp();
        TimeSpan ceiling = First * Math.Pow(2, Math.Min(_failures++, 10));
        TimeSpan pause = (ceiling < Longest ? ceiling : Longest) * random();
        if (fault.Cause == WatchFailure.Expired && _failures == 1)
        {
            pause = TimeSpan.Zero; // nothing is wrong with the server: what has changed meanwhile is there to be read
        }

        TimeSpan asked = Asked(fault);
        return pause > asked ? pause : asked;
    }

    /// <summary>The part of it that the server wants.</summary>
    public static TimeSpan Asked(ApiFault fault)
    {
        TimeSpan wish = fault.RetryAfter ?? TimeSpan.Zero;
        return wish < GrantedMax ? wish : GrantedMax;
    }
}
