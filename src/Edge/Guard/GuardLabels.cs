// The words for causes, states and modes that metrics, pages, journal and webhook share. Pure; any thread.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Guard;

public static class GuardLabels
{
    private static readonly string[] Causes = ["rating", "errors", "latency", "failures", "operator", "state"];
    private static readonly string[] States = ["off", "holding", "learning", "tripped"];
    private static readonly string[] Modes = ["enforce", "observe", "off"];
    private static readonly string[] Verdicts = ["hold", "pass", "fail"];

    public static string Of(TripCause cause) => Causes[(int)cause];

    public static string Of(GuardState state) => States[(int)state];

    public static string Of(GuardMode mode) => Modes[(int)mode];

    public static string Of(GateVerdict verdict) => Verdicts[(int)verdict];

    /// <summary>Null: no cause is called so.</summary>
    public static TripCause? CauseOf(string? label) => Array.IndexOf(Causes, label) is >= 0 and var cause ? (TripCause)cause : null;
}
