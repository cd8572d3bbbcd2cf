// How metrics, /status and the access log spell enumerations. Constant tables; any thread; allocates nothing.

using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Observe;

internal static class Labels
{
    /// <summary>The version (and the role) of requests that the edge answered without asking one.</summary>
    public const string None = "none";

    private static readonly string[] CodeClasses = [None, "1xx", "2xx", "3xx", "4xx", "5xx"];

    /// <param name="codeClass">First digit of the status; 0: no answer could be given.</param>
    public static string CodeClass(int codeClass) => CodeClasses[codeClass];

    public static string Of(Role role) => role switch
    {
        Role.Canary => "canary",
        Role.Baseline => "baseline",
        _ => "stable",
    };

    public static string Of(Outcome outcome) => outcome switch
    {
        Outcome.Success => "success",
        Outcome.ClientError => "clientError",
        Outcome.ClientAbort => "abort",
        _ => "error",
    };
}
