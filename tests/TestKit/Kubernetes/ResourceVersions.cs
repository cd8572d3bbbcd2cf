// How the count of changes is shown to clients: as text that only equality is defined for. Immutable.

using System.Globalization;

namespace OpenClaw.TestKit.Kubernetes;

/// <param name="isScrambled">Texts that are no numbers and do not sort as the changes did; else the count itself, as etcd shows it.</param>
public sealed class ResourceVersions(bool isScrambled)
{
    /// <summary>Odd, so that the product is a bijection of 32 bits: 2^32 divided by the golden ratio (Knuth, TAOCP 3, 6.4).</summary>
    private const uint Factor = 2654435769;

    private static readonly uint Inverse = InverseOf(Factor);

    public string Show(long version) => isScrambled ? $"v{(uint)version * Factor:x8}" : version.ToString(CultureInfo.InvariantCulture);

    /// <summary>Null: no server of this kind ever said that.</summary>
    public long? Read(string text) =>
        !isScrambled ? long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long plain) ? plain : null
        : text.StartsWith('v') && uint.TryParse(text.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint product) ? product * Inverse
        : null;

    /// <summary>Modulo 2^32, by Newton's iteration: each step doubles the bits that are right.</summary>
    private static uint InverseOf(uint odd)
    {
        uint inverse = odd;
        for (int bits = 3; bits < 32; bits *= 2)
        {
            inverse *= 2 - odd * inverse;
        }

        return inverse;
    }
}
