// What is asked of an object of Kubernetes, and what it says. Immutable; the watch's thread makes them, the control thread reads them.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Kubernetes;

/// <param name="Namespace">Where the object and the Services lie.</param>
/// <param name="Services">By version, the name of the Service behind it.</param>
/// <param name="Stable">Name of the stable version.</param>
/// <param name="Canaries">Names of the versions on trial.</param>
/// <param name="Hostnames">Hosts that a route may be restricted to.</param>
public sealed record TrafficQuestion(string Namespace, IReadOnlyDictionary<string, string> Services, string Stable, IReadOnlyList<string> Canaries, IReadOnlyList<string> Hostnames)
{
    /// <summary>The versions that are asked about, the stable one first.</summary>
    internal IEnumerable<string> Versions => [Stable, .. Canaries];

    /// <summary>The Services that are looked for, with the versions behind them, for a sentence.</summary>
    internal string Wanted => string.Join(" and ", Versions.Select(version => $"{Services.GetValueOrDefault(version, "none")} ({version})"));

    /// <summary>Why no object can answer; null: one can.</summary>
    internal string? Fault => Versions
        .Where(version => !Services.ContainsKey(version)).Select(version => $"nothing says which Service is behind {version}; an IP address names none. Name it under weightFrom.services").FirstOrDefault() ?? Versions
        .GroupBy(version => Services[version]).Where(group => group.Count() > 1)
        .Select(group => $"{string.Join(" and ", group)} have the same Service, {group.Key}; name one of its own for each under weightFrom.services").FirstOrDefault();

    /// <summary>The version behind a Service of the namespace; null: none that is asked about.</summary>
    internal string? VersionOf(string service) => Versions.FirstOrDefault(version => Services.GetValueOrDefault(version) == service);
}

/// <summary>What an object says of the traffic; or why it cannot be followed, and then nothing else.</summary>
public sealed record TrafficReading
{
    /// <summary>Where in the object the fault lies, what it is and what would be right; null: there is none.</summary>
    public string? Refusal { get; init; }

    /// <summary>By version, its share of the eligible requests, 0..1; together 1. The stable version and every canary that was asked about are in it.</summary>
    public IReadOnlyDictionary<string, double> Shares { get; init; } = new Dictionary<string, double>();

    /// <summary>In the order in which they are tried.</summary>
    public IReadOnlyList<HeaderRoute> HeaderRoutes { get; init; } = [];

    /// <summary>By version, the hash of its pods' template; of a version about which nothing is known there is no entry.</summary>
    public IReadOnlyDictionary<string, string> Releases { get; init; } = new Dictionary<string, string>();

    /// <summary>What an operator may want to know, one sentence each; the object is followed all the same.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
