// Whether the sender of an answer means it for many. Pure; any thread.

using System.Text;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Feedback;

internal static class SharedCaching
{
    /// <summary>
    /// Cache-Control says public or s-maxage (RFC 9111 5.2.2.9, 5.2.2.10). Caches may store others too, but answers that say nothing
    /// are most of all there are, and few of them are stored.
    /// </summary>
    public static bool IsWelcome(ResponseHead head)
    {
        for (int i = head.Fields.IndexOf(KnownField.CacheControl); i >= 0; i = head.Fields.IndexOf(KnownField.CacheControl, i + 1))
        {
            ReadOnlySpan<byte> value = head.Value(head.Fields[i]);
            foreach (Range range in value.Split((byte)','))
            {
                ReadOnlySpan<byte> directive = value[range].Trim(" \t"u8);
                int equals = directive.IndexOf((byte)'=');
                directive = equals < 0 ? directive : directive[..equals];
                if (Ascii.EqualsIgnoreCase(directive, "public"u8) || Ascii.EqualsIgnoreCase(directive, "s-maxage"u8))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
