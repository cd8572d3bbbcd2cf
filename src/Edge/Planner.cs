// Makes plans out of snapshots, and keeps what lives on from one plan to the next: the live version behind every name, and the
// addresses of its endpoints. Belongs to the control side, under whose lock all runs but the looking up of names.

using Microsoft.Extensions.Logging;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Split;
using OpenClaw.Edge.Tls;
using Version = OpenClaw.Edge.Forward.Version;

namespace OpenClaw.Edge;

internal sealed class Planner(RatingEngine ratings, GuardControl guard, Ledgers ledgers, int workers, ILogger log)
{
    /// <summary>How long a load waits for names it has not seen before; an endpoint whose name comes later takes traffic from then on.</summary>
    private static readonly TimeSpan FirstLookUp = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, LiveVersion> _versions = [];
    private int _slots;

    /// <summary>By version, the authorities that its endpoints are verified by; null where they have no TLS.</summary>
    public static Dictionary<string, UpstreamTrust?> LoadTrust(EdgeSettings edge, List<Fault> faults) => edge.Versions.ToDictionary(
        version => version.Name,
        version => version.Endpoints.Any(endpoint => endpoint.IsTls) ? UpstreamTrust.Load(version.Tls, faults) : null);

    /// <summary>The plan of a newly loaded snapshot.</summary>
    /// <param name="trusts">What <see cref="LoadTrust"/> gave.</param>
    /// <param name="before">The plan in use until now; null at the start of the process.</param>
    public Plan Compile(Snapshot snapshot, Dictionary<string, UpstreamTrust?> trusts, Plan? before)
    {
        ratings.Apply(snapshot);
        guard.Apply(snapshot);
        List<LiveVersion> versions = [];
        foreach (VersionSettings settings in snapshot.Edge.Versions)
        {
            if (!_versions.TryGetValue(settings.Name, out LiveVersion? version))
            {
                version = new LiveVersion(_slots++, new Version(settings.Name), ratings[settings.Name], guard.LatchOf(settings.Name), ledgers.Of(settings.Name));
                _versions.Add(settings.Name, version);
            }

            Endpoint[] endpoints = version.Upstream.Match(settings);
            Task.WaitAll([.. endpoints.Where(endpoint => endpoint.Address is null).Select(ResolveAsync)], FirstLookUp);
            version.Upstream.Configure(settings, endpoints, trusts[settings.Name]);
            versions.Add(version);
        }

        foreach (string gone in _versions.Keys.Except(versions.Select(version => version.Name)).ToArray())
        {
            _versions.Remove(gone);
        }

        return Assemble(snapshot, versions, before);
    }

    /// <summary>The plan of a snapshot that differs from the one before only in what is said from outside.</summary>
    public Plan Reweigh(Snapshot snapshot, Plan before)
    {
        ratings.Apply(snapshot);
        guard.Apply(snapshot);
        return Assemble(snapshot, before.Versions, before);
    }

    /// <summary>Puts scores of this moment into the lines that announce them.</summary>
    public static void Announce(Plan plan)
    {
        foreach (LiveVersion version in plan.Versions)
        {
            version.Upstream.Announce(version.Rating.Current.FieldValue, plan.Snapshot.Edge.Fields);
        }
    }

    /// <summary>Looks up the name of an endpoint. Not under the lock.</summary>
    public async Task ResolveAsync(Endpoint endpoint)
    {
        if (await endpoint.ResolveAsync() is { } news)
        {
            Log.Configuration(log, LogLevel.Warning, news);
        }
    }

    private Plan Assemble(Snapshot snapshot, IReadOnlyList<LiveVersion> versions, Plan? before)
    {
        Splitter splitter = Splitter.Create(snapshot.Rollout, before?.Splitter, workers, Clock.Now);
        ShareSchedule? mirrored = snapshot.Rollout.Mirror is { } mirror ? ShareSchedule.After(before?.Mirrored, mirror.Fraction) : before?.Mirrored;
        Plan plan = new(snapshot, splitter, mirrored, before, versions);
        Announce(plan);
        return plan;
    }
}
