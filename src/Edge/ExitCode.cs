// What the process says when it ends. Scripts and Kubernetes act on these numbers; docs/operations.md lists them.

namespace OpenClaw.Edge;

internal static class ExitCode
{
    public const int Clean = 0;
    public const int Failed = 1;
    public const int BadInput = 2;
}
