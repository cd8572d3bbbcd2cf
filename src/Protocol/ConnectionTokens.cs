// Reads the Connection field: what the sender wants of the connection, and which other fields end at this hop.
// Pure but for the marks it sets; runs on the parsing thread.

using System.Text;

namespace OpenClaw.Protocol;

[Flags]
internal enum ConnectionOptions : byte
{
    None = 0,
    Close = 1,
    KeepAlive = 2,
    Upgrade = 4,
}

internal static class ConnectionTokens
{
    /// <summary>Each option is compared with each field, so their number bounds the work. Real clients send one to three.</summary>
    private const int MostOptions = 64;

    /// <summary>
    /// Nominations of these are ignored: a message without its framing or its Host means something else to the next hop, and no
    /// honest sender asks for that (RFC 9110 7.6.1 forbids it for fields all recipients need).
    /// </summary>
    private static readonly ulong Immune =
        KnownFields.Mask(KnownField.Host) | KnownFields.Mask(KnownField.ContentLength) | KnownFields.Mask(KnownField.TransferEncoding);

    /// <summary>
    /// Collects the options and marks every field they name as hop-by-hop (RFC 9110 7.6.1). False: more options than the limit.
    /// An element that is no token can name no field and is passed over.
    /// </summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, FieldTable fields, out ConnectionOptions options)
    {
        options = ConnectionOptions.None;
        int count = 0;
        for (int i = fields.IndexOf(KnownField.Connection); i >= 0; i = fields.IndexOf(KnownField.Connection, i + 1))
        {
            ReadOnlySpan<byte> rest = bytes.Slice(fields[i].ValueStart, fields[i].ValueLength);
            while (!rest.IsEmpty)
            {
                int comma = rest.IndexOf((byte)',');
                ReadOnlySpan<byte> option = (comma < 0 ? rest : rest[..comma]).Trim(" \t"u8);
                rest = comma < 0 ? default : rest[(comma + 1)..];
                if (++count > MostOptions) { return false; }
                if (option.IsEmpty) { continue; }
                ConnectionOptions known = Recognize(option);
                options |= known;
                if (known is ConnectionOptions.None or ConnectionOptions.Close) { Nominate(option, bytes, fields); } // others end here anyway
            }
        }
        return true;
    }

    private static ConnectionOptions Recognize(ReadOnlySpan<byte> option) => option.Length switch
    {
        5 when Ascii.EqualsIgnoreCase(option, "close"u8) => ConnectionOptions.Close,
        10 when Ascii.EqualsIgnoreCase(option, "keep-alive"u8) => ConnectionOptions.KeepAlive,
        7 when Ascii.EqualsIgnoreCase(option, "upgrade"u8) => ConnectionOptions.Upgrade,
        _ => ConnectionOptions.None,
    };

    private static void Nominate(ReadOnlySpan<byte> option, ReadOnlySpan<byte> bytes, FieldTable fields)
    {
        for (int i = 0; i < fields.Count; i++)
        {
            ref readonly Field field = ref fields[i];
            if (field.NameLength == option.Length && (KnownFields.Mask(field.Known) & Immune) == 0 &&
                Ascii.EqualsIgnoreCase(bytes.Slice(field.LineStart, field.NameLength), option))
            {
                fields.Withhold(i);
            }
        }
    }
}
