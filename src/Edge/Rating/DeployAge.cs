// How long ago a version came, in the steps in which users get used to it. Values only; any thread.

namespace OpenClaw.Edge.Rating;

public static class DeployAge
{
    public const byte Unknown = 0;

    public const byte Fresh = 1;

    /// <summary>Nothing new any more: the age of stable.</summary>
    public const byte Settled = 4;

    /// <summary>Up to <see cref="Settled"/>: less than 2 minutes, less than 15, less than 2 hours, more.</summary>
    public static byte Of(TimeSpan sinceDeploy) => sinceDeploy.TotalMinutes switch
    {
        < 2 => Fresh,
        < 15 => Fresh + 1,
        < 120 => Fresh + 2,
        _ => Settled,
    };
}
