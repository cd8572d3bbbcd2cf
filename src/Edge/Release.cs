// Which release this binary is. Any thread.

using System.Reflection;

namespace OpenClaw.Edge;

internal static class Release
{
    public static readonly string Version =
        typeof(Release).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
