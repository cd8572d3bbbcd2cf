// What the judges of the split are given: one decision, as whoever recorded it saw it. Values only.

namespace OpenClaw.TestKit.Laws;

/// <summary>What became of a request, in the words of the laws.</summary>
public enum Verdict : byte
{
    /// <summary>Eligible, and not a canary's turn.</summary>
    NoTurn,

    /// <summary>A canary's turn, and a token was there.</summary>
    Served,

    /// <summary>A canary's turn without a token: went to stable.</summary>
    Spilled,

    /// <summary>A canary's turn, which that canary could not take: went to stable without asking for a token.</summary>
    Lost,

    /// <summary>Went to a canary with a token, but not by its turn: a session, an override.</summary>
    Drawn,
}

/// <param name="Earliest">Nanoseconds; the decision took effect no earlier.</param>
/// <param name="Latest">It took effect no later; the same as <paramref name="Earliest"/> where the moment is known.</param>
/// <param name="Canary">Which one it went to, as its place in the policy; -1: to stable.</param>
/// <param name="IsBaseline">Went to stable as the counterpart of a canary's turn.</param>
public readonly record struct Decided(long Earliest, long Latest, Verdict Verdict, int Canary = -1, bool IsBaseline = false)
{
    public Decided(long at, Verdict verdict, int canary = -1, bool isBaseline = false) : this(at, at, verdict, canary, isBaseline) { }

    /// <summary>Counts for the share.</summary>
    public bool IsEligible => Verdict != Verdict.Drawn;

    public bool IsTurn => Verdict is Verdict.Served or Verdict.Spilled or Verdict.Lost;

    /// <summary>Took a token.</summary>
    public bool IsAdmitted => Verdict is Verdict.Served or Verdict.Drawn;
}
