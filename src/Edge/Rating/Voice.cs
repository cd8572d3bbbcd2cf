// What one user said of one response. A value; any thread.

namespace OpenClaw.Edge.Rating;

/// <param name="Version">That gave the response.</param>
/// <param name="Score">0 (bad) to 1 (good).</param>
/// <param name="Cell">Code of the signals that the response had; 0: none are known.</param>
/// <param name="Age">How long the version had been in place, as a coarse code; 0: unknown.</param>
public readonly record struct Voice(string Version, double Score, byte Cell = 0, byte Age = 0);
