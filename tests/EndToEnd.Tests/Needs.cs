// Skips a test aloud when a program of others is not here.

namespace OpenClaw.EndToEnd.Tests;

internal static class Needs
{
    public static string Program(params string[] names)
    {
        string? path = Peer.Find(names);
        Assert.SkipWhen(path is null, Peer.WhyMissing(names[0]));
        return path!;
    }
}
