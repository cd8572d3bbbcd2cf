// What the learned model knows of one response: a byte that counts can be kept by, and that a token carries. A value; any thread.

namespace OpenClaw.Edge.Rating;

/// <summary>Latency by the target, as the latency part of the score has it.</summary>
public enum ApdexClass : byte
{
    Satisfied,
    Tolerated,
    Slow,
}

/// <summary>The length of an answer against the route's history.</summary>
public enum SizeBin : byte
{
    Usual,

    /// <summary>Nothing, where the route usually has something to say.</summary>
    Empty,

    /// <summary>Less than a quarter of what is usual.</summary>
    Smaller,

    /// <summary>More than four times of what is usual.</summary>
    Larger,

    /// <summary>The length was not announced, or there is no history yet.</summary>
    Unknown,
}

/// <summary>
/// Successes: Apdex class x latency bin x size bin. The other outcomes: Apdex class x latency bin, as the length of an error page says nothing. The default value is
/// the cell of a response of which nothing is known.
/// </summary>
public readonly record struct SignalCell
{
    public const int LatencyBins = 8;

    /// <summary>The bin of 0.5 to 1.4 times the route's usual latency; also of what has no history.</summary>
    public const int UsualLatency = 1;

    /// <summary>Codes are below it.</summary>
    public const int Codes = 1 + Successes + 3 * OfOneOutcome;

    private const int ApdexClasses = 3;
    private const int SizeBins = 5;
    private const int OfOneOutcome = ApdexClasses * LatencyBins;
    private const int Successes = OfOneOutcome * SizeBins;

    private SignalCell(int code) => Code = (byte)code;

    /// <param name="latencyBin">0 to <see cref="LatencyBins"/> - 1: see <see cref="LatencyBin"/>.</param>
    /// <param name="size">Looked at for successes only.</param>
    public SignalCell(Outcome outcome, ApdexClass apdex, int latencyBin, SizeBin size)
    {
        int timing = (int)apdex * LatencyBins + latencyBin;
        Code = (byte)(1 + (outcome == Outcome.Success ? timing * SizeBins + (int)size : Successes + ((int)outcome - 1) * OfOneOutcome + timing));
    }

    /// <summary>What counts and tokens carry; 0 if nothing is known.</summary>
    public byte Code { get; }

    public bool IsKnown => Code != 0;

    public Outcome Outcome => Index < Successes ? Outcome.Success : (Outcome)(1 + (Index - Successes) / OfOneOutcome);

    public ApdexClass Apdex => (ApdexClass)(Timing / LatencyBins);

    /// <summary>Latency over the route's usual one: below 1/2, 1.4, 2, 2.8, 4, 8, 16, and above.</summary>
    public int LatencyBin => Timing % LatencyBins;

    public SizeBin Size => Index < Successes ? (SizeBin)(Index % SizeBins) : SizeBin.Usual;

    private int Index => Code - 1;

    private int Timing => Index < Successes ? Index / SizeBins : (Index - Successes) % OfOneOutcome;

    /// <summary>The cell of a code; one that does not exist says nothing.</summary>
    public static SignalCell From(int code) => code is > 0 and < Codes ? new SignalCell(code) : default;
}
