// Which features of the learned model are set for a response. Values only; any thread.

using System.Collections.Immutable;

namespace OpenClaw.Edge.Rating;

/// <summary>
/// Features are 0 or 1, so a response is a set of bits. What has an order (latency, age) climbs: each step adds one more feature to those below it, so neighbours
/// share what they have in common.
/// </summary>
internal static class SignalFeatures
{
    /// <summary>Set for every response: the share of the unhappy among those who answer. It does not enter the score.</summary>
    public const int Base = 0;

    public static readonly ImmutableArray<string> Names =
    [
        "base", "clientError", "error", "abort", "overTarget", "overFourTargets",
        "underHalfUsualLatency", "over1.4UsualLatency", "over2UsualLatency", "over2.8UsualLatency", "over4UsualLatency", "over8UsualLatency", "over16UsualLatency",
        "emptyAnswer", "smallerAnswer", "largerAnswer", "unknownLength",
        "underTwoHoursOld", "under15MinutesOld", "under2MinutesOld",
    ];

    public static int Count => Names.Length;

    private const int ClientError = 1;
    private const int OverTarget = 4;
    private const int UnderHalf = 6;
    private const int Slower = 7;
    private const int Empty = 13;
    private const int Young = 17;

    /// <summary>The features of a response of a version that is <paramref name="age"/> (<see cref="DeployAge"/>) old; bit i is feature i.</summary>
    public static uint Of(SignalCell cell, byte age)
    {
        uint set = 1u << Base;
        set |= cell.Outcome == Outcome.Success ? 0 : 1u << (ClientError + (int)cell.Outcome - 1);
        set |= Steps((int)cell.Apdex) << OverTarget;
        set |= cell.LatencyBin == 0 ? 1u << UnderHalf : Steps(cell.LatencyBin - SignalCell.UsualLatency) << Slower;
        set |= cell.Size == SizeBin.Usual ? 0 : 1u << (Empty + (int)cell.Size - 1);
        return set | Steps(age is DeployAge.Unknown or > DeployAge.Settled ? 0 : DeployAge.Settled - age) << Young;
    }

    private static uint Steps(int count) => (1u << count) - 1;
}
