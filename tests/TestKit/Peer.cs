// The programs of others that the tests talk to. A test that needs one which is not there skips with the reason given here.

namespace OpenClaw.TestKit;

public static class Peer
{
    private static readonly string[] Places = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/usr/local/sbin"];

    /// <summary>Path of the first of these programs that is installed; null: none.</summary>
    public static string? Find(params string[] names) =>
        names.SelectMany(name => Places.Where(place => place.Length > 0).Select(place => Path.Combine(place, name))).FirstOrDefault(File.Exists);

    public static string WhyMissing(string name) => $"{name} is not installed, and tests/peers.sh could not install it here";
}
