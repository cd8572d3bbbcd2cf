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

    /// <param name="program">One of <see cref="NpmPeer.Find"/>.</param>
    public static string NpmProgram(string program)
    {
        string? path = NpmPeer.Find(program);
        Assert.SkipWhen(path is null, NpmPeer.WhyMissing(program));
        return path!;
    }

    public static void NpmPackage(string name) => Assert.SkipWhen(NpmPeer.Package(name) is null, NpmPeer.WhyMissing(name));
}
