// Why a request went where it went: a metric label and a field of the access log. Values only; any thread.

namespace OpenClaw.Edge.Split;

/// <summary>Why a version was picked. <see cref="Limited"/> and <see cref="Rejected"/> belong to answers of the edge itself.</summary>
public enum Reason : byte { Stable, Weight, Spilled, Sticky, Override, Unhealthy, Guard, Abort, Limited, Rejected }

public static class Reasons
{
    private static readonly string[] Labels =
        ["stable", "weight", "spilled", "sticky", "override", "unhealthy", "guard", "abort", "limited", "rejected"];

    /// <summary>The reason as metrics and logs spell it.</summary>
    public static string Label(Reason reason) => Labels[(int)reason];
}
