// The secrets that sign what clients carry (session cookies, feedback tokens), from a file that replicas share: one a line, so
// that a new one can be put before the old. Read on the control thread; immutable. Never says what it holds.

using System.Security.Cryptography;

namespace OpenClaw.Edge.Policy;

public sealed class SigningKeys
{
    /// <summary>Of one line. 16 random bytes cannot be guessed; fewer might be.</summary>
    public const int BytesMin = 16;

    /// <summary>What nobody signed is tried with each of them.</summary>
    public const int Max = 8;

    private readonly byte[][] _keys;

    private SigningKeys(byte[][] keys) => _keys = keys;

    /// <summary>Random, for an edge without a key file: it knows its own signatures until it ends.</summary>
    public static SigningKeys OfThisProcess { get; } = new([RandomNumberGenerator.GetBytes(32)]);

    /// <summary>The first signs, all verify. Never empty.</summary>
    public ReadOnlySpan<byte[]> All => _keys;

    /// <summary>One key a line, blanks at its ends and empty lines left out.</summary>
    /// <returns>Null when the content is fine, else what is wrong with it.</returns>
    internal static string? Read(ReadOnlySpan<byte> content, out SigningKeys keys)
    {
        List<byte[]> lines = [];
        foreach (Range range in content.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = content[range].Trim(" \t\r"u8);
            if (!line.IsEmpty)
            {
                lines.Add(line.ToArray());
            }
        }

        keys = new SigningKeys([.. lines]);
        return lines.Count == 0 ? "holds no key; write one with: openssl rand -base64 32"
            : lines.Count > Max ? $"holds {lines.Count} keys; {Max} is the most"
            : lines.Exists(line => line.Length < BytesMin) ? $"holds a key of fewer than {BytesMin} bytes; write one a line, with: openssl rand -base64 32"
            : null;
    }
}
