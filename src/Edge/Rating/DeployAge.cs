// How long ago a version came, in the steps in which users get used to it. Values only; any thread.

namespace OpenClaw.Edge.Rating;

public static class DeployAge
{
    public const int Buckets = 4;

    /// <summary>Nothing new any more: the age of stable.</summary>
    public const int Settled = Buckets - 1;

    /// <summary>0: less than 2 minutes; 1: less than 15; 2: less than 2 hours; 3: settled.</summary>
    public static int Bucket(TimeSpan sinceDeploy) => sinceDeploy.TotalMinutes switch
    {
        < 2 => 0,
        < 15 => 1,
        < 120 => 2,
        _ => Settled,
    };
}
