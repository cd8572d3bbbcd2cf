// Decides whether a call may change state: by the token in admin.tokenFile. The file is read for every such call, which are
// rare, so a changed token is in force at once. Side port's thread.

using System.Security.Cryptography;
using System.Text;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Observe;

internal enum Permission : byte { Granted, Denied, NoToken }

internal static class BearerToken
{
    /// <summary>Nobody's token is longer; a file that is, is some other file.</summary>
    private const int FileBytesMax = 4096;

    /// <param name="tokenFile">Null: state-changing calls do not exist.</param>
    public static Permission Check(RequestHead head, string? tokenFile)
    {
        if (tokenFile is null || Read(tokenFile) is not { Length: > 0 } token)
        {
            return Permission.NoToken;
        }

        int index = head.Fields.IndexOf(KnownField.Authorization);
        bool isOne = index >= 0 && head.Fields.IndexOf(KnownField.Authorization, index + 1) < 0;
        return isOne && Matches(head.Value(head.Fields[index]), token) ? Permission.Granted : Permission.Denied;
    }

    /// <summary>credentials = "Bearer" 1*SP token (RFC 6750 2.1); schemes know no case (RFC 9110 11.1).</summary>
    private static bool Matches(ReadOnlySpan<byte> credentials, byte[] token)
    {
        ReadOnlySpan<byte> scheme = "Bearer "u8;
        if (credentials.Length < scheme.Length || !Ascii.EqualsIgnoreCase(credentials[..scheme.Length], scheme))
        {
            return false;
        }

        // Digests, so that not even the length of the token shows in the time the comparison takes.
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(credentials[scheme.Length..].TrimStart((byte)' ')), SHA256.HashData(token));
    }

    /// <summary>The file's content without white space around it; null when it cannot be read.</summary>
    private static byte[]? Read(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[FileBytesMax + 1];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length > FileBytesMax ? null : bytes.AsSpan(0, length).Trim(" \t\r\n"u8).ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
