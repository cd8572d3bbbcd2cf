// What the limits say of one request. Values only.

namespace OpenClaw.Edge.Limit;

/// <param name="Limit">Index in the policy's list of the limit that keeps the request waiting longest; <see cref="None"/>: it may pass.</param>
/// <param name="WaitNanoseconds">How long, if nobody else comes with its key.</param>
/// <param name="Enforced">Bit i: limit i refuses it.</param>
/// <param name="Observed">Bit i: limit i would refuse it if it were enforced.</param>
/// <param name="Shared">Bit i: its key found no place of its own in the table of limit i.</param>
internal readonly record struct Verdict(int Limit, long WaitNanoseconds, uint Enforced, uint Observed, uint Shared)
{
    public const int None = -1;

    public bool IsRefused => Limit != None;
}
