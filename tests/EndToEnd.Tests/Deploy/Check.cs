// All that is checked of objects which are applied together. Pure.

namespace OpenClaw.EndToEnd.Tests.Deploy;

internal static class Check
{
    public static string[] Faults(Manifests manifests) =>
        [.. WorkloadRules.Faults(manifests), .. EdgeRules.Faults(manifests), .. RolloutRules.Faults(manifests), .. AnalysisRules.Faults(manifests)];
}
