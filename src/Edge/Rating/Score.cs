// The published rating of one version. Immutable: built on the control thread, read by any.

namespace OpenClaw.Edge.Rating;

/// <summary>A version's quality, 0 (bad) to 1 (good), with its bounds at 95 %.</summary>
/// <param name="Samples">Outcomes in the window that count.</param>
/// <param name="FieldValue"><paramref name="Value"/> with three decimals in ASCII, as X-OpenClaw-Rating carries it.</param>
public sealed record Score(double Value, double Lower, double Upper, long Samples, byte[] FieldValue)
{
    /// <summary>Nothing known: nothing against the version, and nothing that would promote it.</summary>
    public static readonly Score Unknown = new(1, 0, 1, 0, "1.000"u8.ToArray());

    /// <summary>This score with other numbers; itself when they are the same, and its bytes when they read the same.</summary>
    public Score With(double value, double lower, double upper, long samples)
    {
        if (value == Value && lower == Lower && upper == Upper && samples == Samples)
        {
            return this;
        }

        int thousandths = Thousandths(value);
        return new Score(value, lower, upper, samples, thousandths == Thousandths(Value) ? FieldValue : Format(thousandths));
    }

    private static int Thousandths(double value) => (int)Math.Round(value * 1000, MidpointRounding.AwayFromZero);

    private static byte[] Format(int thousandths) =>
    [
        (byte)('0' + thousandths / 1000), (byte)'.',
        (byte)('0' + thousandths / 100 % 10), (byte)('0' + thousandths / 10 % 10), (byte)('0' + thousandths % 10),
    ];
}
