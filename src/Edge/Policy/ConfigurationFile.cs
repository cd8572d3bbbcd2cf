// Reading one configuration file whole, and the digest by which a change of its content is noticed.
// Control thread. Follows symbolic links, as a mounted ConfigMap needs; bounded in size.

using System.Security.Cryptography;

namespace OpenClaw.Edge.Policy;

/// <summary>A file that a configuration depends on, with the digest of what was read.</summary>
/// <param name="Digest">Hex SHA-256 of the content; empty when the file could not be read.</param>
public sealed record WatchedFile(string Path, string Digest)
{
    public static WatchedFile Now(string path) => new(path, ConfigurationFile.DigestOf(path));

    /// <summary>True if the file's content is no longer what it was.</summary>
    public bool HasChanged() => ConfigurationFile.DigestOf(Path) != Digest;
}

internal static class ConfigurationFile
{
    /// <returns>The content, or null with a finding at <paramref name="origin"/>: the flag, variable or key that named the file.</returns>
    public static byte[]? Read(string path, Place origin, Findings findings)
    {
        try
        {
            return ReadBounded(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            findings.Error(origin, $"{Wording.Show(path)} {Reason(path, e)}");
            return null;
        }
    }

    public static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string DigestOf(string path)
    {
        try
        {
            return Digest(ReadBounded(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return "";
        }
    }

    /// <summary>At most one byte more than a document may have, which the reader then refuses.</summary>
    private static byte[] ReadBounded(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using MemoryStream content = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int n;
        while (content.Length <= YamlTree.BytesMax && (n = file.Read(chunk)) > 0)
        {
            content.Write(chunk, 0, n);
        }

        return content.ToArray();
    }

    /// <summary>Why a file could not be opened, in the words that every verb uses.</summary>
    public static string Reason(string path, Exception e) => e switch
    {
        ArgumentException => "names no file",
        FileNotFoundException or DirectoryNotFoundException => "does not exist",
        UnauthorizedAccessException when Directory.Exists(path) => "is a directory",
        UnauthorizedAccessException => "may not be read by this process",
        _ => "cannot be read: " + e.Message,
    };
}
