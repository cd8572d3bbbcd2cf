// Writes /metrics: a registry is filled from the counters of this moment, turned into text and thrown away. So no series
// outlives what it speaks of, and every counter is a plain sum over workers. Side port's thread; only ever reads.
//
// prometheus-net knows no histogram or summary whose buckets or sums somebody else has counted, and observing a worker's
// counts one by one would cost the scrape what the worker saved; those families are written behind it (PrecountedText).

using System.Text;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;
using OpenClaw.Protocol;
using Prometheus;

namespace OpenClaw.Edge.Observe;

internal sealed class Exposition(Control control, Func<long> clock)
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly GaugeConfiguration OnlyWhenSet = new() { SuppressInitialValue = true };

    private readonly ProcessMetrics _process = new();

    /// <summary>The text of one scrape.</summary>
    public byte[] Render()
    {
        long allocated = GC.GetTotalAllocatedBytes(precise: true); // before this scrape adds its own
        CollectorRegistry registry = Metrics.NewCustomRegistry();
        MetricFactory metrics = Metrics.WithCustomRegistry(registry);
        Plan plan = control.Plan;
        AddRequests(metrics, plan);
        AddRatings(metrics, plan);
        AddRollout(metrics, plan);
        GuardMetrics.Add(metrics, control.Guard);
        AddPolicy(metrics, plan);
        AddUpstreams(metrics, plan);
        AddMirror(metrics, plan);
        AddLimits(metrics, plan);
        FeedbackMetrics.Add(metrics, plan, control);
        KubernetesMetrics.Add(metrics, control.Kubernetes);
        AddDownstreams(metrics);
        metrics.CreateGauge("openclaw_build_info", "Always 1; the label is the release.", ["version"]).WithLabels(Release.Version).Set(1);
        _process.AddTo(metrics, allocated);

        using MemoryStream text = new();
        // Nothing in it waits: the registry is this call's own, and a memory stream takes everything at once.
        registry.CollectAndExportAsTextAsync(text).GetAwaiter().GetResult();
        text.Write(Encoding.UTF8.GetBytes(Precounted(plan)));
        return text.ToArray();
    }

    private string Precounted(Plan plan)
    {
        PrecountedText text = new();
        text.Begin("openclaw_request_duration_seconds", "histogram", "From the first byte of a request's head to the end of its answer.");
        foreach (VersionLedger version in control.Ledgers.All)
        {
            for (int role = 0; role < VersionCounters.Roles; role++)
            {
                DurationTotals durations = version.Durations((Role)role);
                if (durations.Counts.Any(count => count > 0) || Plays(plan, version, (Role)role))
                {
                    text.Histogram($"version=\"{version.Version}\",role=\"{Labels.Of((Role)role)}\"", durations);
                }
            }
        }

        text.Begin("openclaw_rating_quality", "summary", "Scores summed over the requests they were attached to; _sum over _count is the mean score that traffic met.");
        foreach (VersionLedger version in control.Ledgers.All)
        {
            for (int role = 0; role < VersionCounters.Roles; role++)
            {
                (double sum, long count) = version.QualityOf((Role)role);
                if (count > 0 || Plays(plan, version, (Role)role))
                {
                    text.Summary($"version=\"{version.Version}\",role=\"{Labels.Of((Role)role)}\"", sum, count);
                }
            }
        }

        text.Begin("openclaw_policy_propagation_seconds", "histogram", "From the notice of a changed file or weight to the last worker using it.");
        DurationTotals propagation = new();
        lock (control.Propagation)
        {
            propagation.Add(control.Propagation);
        }

        text.Histogram("", propagation);
        return text.ToString();
    }

    private void AddRequests(MetricFactory metrics, Plan plan)
    {
        Counter requests = metrics.CreateCounter(
            "openclaw_requests_total", "Requests by the version that was asked and how it ended.", ["version", "role", "code_class", "reason"]);
        foreach (LiveVersion version in plan.Versions)
        {
            if (RoleOf(plan, version) is { } role)
            {
                // Series that a ratio needs exist before the first request, so that no increase goes unseen.
                string reason = Reasons.Label(role == Role.Canary ? Reason.Weight : Reason.Stable);
                requests.WithLabels(version.Name, Labels.Of(role), Labels.CodeClass(2), reason).Publish();
                requests.WithLabels(version.Name, Labels.Of(role), Labels.CodeClass(5), reason).Publish();
            }
        }

        foreach (VersionLedger version in control.Ledgers.All)
        {
            AddRequests(requests, version.Version, role => Labels.Of(role), version.Requests);
        }

        AddRequests(requests, Labels.None, _ => Labels.None, (role, codeClass, reason) =>
            control.Workers.Sum(worker => worker.Counters.None.Requests(role, codeClass, reason)));
    }

    private static void AddRequests(Counter requests, string version, Func<Role, string> label, Func<Role, int, Reason, long> read)
    {
        for (int role = 0; role < VersionCounters.Roles; role++)
        {
            for (int codeClass = 0; codeClass < VersionCounters.CodeClasses; codeClass++)
            {
                for (int reason = 0; reason < VersionCounters.Reasons; reason++)
                {
                    long count = read((Role)role, codeClass, (Reason)reason);
                    if (count > 0)
                    {
                        requests.WithLabels(version, label((Role)role), Labels.CodeClass(codeClass), Reasons.Label((Reason)reason)).Inc(count);
                    }
                }
            }
        }
    }

    private static void AddRatings(MetricFactory metrics, Plan plan)
    {
        string[] labels = ["version", "role"];
        Gauge score = metrics.CreateGauge("openclaw_rating_score", "Quality of a version over the rating's window, 0 (bad) to 1 (good).", labels);
        Gauge lower = metrics.CreateGauge("openclaw_rating_score_lower", "Lower bound of the score at 95 %; 0 below the minimum of samples.", labels);
        Gauge upper = metrics.CreateGauge("openclaw_rating_score_upper", "Upper bound of the score at 95 %.", labels);
        Gauge samples = metrics.CreateGauge("openclaw_rating_samples", "Outcomes in the rating's window.", labels);
        foreach (LiveVersion version in plan.Versions)
        {
            if (RoleOf(plan, version) is { } role)
            {
                Rating.Score current = version.Rating.Current;
                string[] values = [version.Name, Labels.Of(role)];
                score.WithLabels(values).Set(current.Value);
                lower.WithLabels(values).Set(current.Lower);
                upper.WithLabels(values).Set(current.Upper);
                samples.WithLabels(values).Set(current.Samples);
            }
        }
    }

    private void AddRollout(MetricFactory metrics, Plan plan)
    {
        Splitter splitter = plan.Splitter;
        Gauge weight = metrics.CreateGauge(
            "openclaw_canary_weight", "Share of eligible requests, 0..1: what each source says, and the lowest of them, which is in effect.", ["source"]);
        weight.WithLabels("policy").Set(plan.PolicyWeight);
        if (plan.ExternalWeight is { } external)
        {
            weight.WithLabels("external").Set(external);
        }

        weight.WithLabels("effective").Set(plan.EffectiveWeight);
        if (plan.GuardWeight is { } left)
        {
            weight.WithLabels("guard").Set(left);
        }

        ShareTotals share = splitter.Totals();
        metrics.CreateCounter("openclaw_canary_eligible_total", "Requests the split decided on.").Inc(share.Eligible);
        metrics.CreateCounter("openclaw_canary_turns_total", "Requests the split gave to the canary, spilled ones included.").Inc(share.Turns);
        metrics.CreateGauge("openclaw_canary_share_ratio", "Turns among eligible requests since the process started.").Set(share.AchievedShare);
        metrics.CreateGauge("openclaw_canary_share_error_requests", "Turns given minus turns asked for, in requests; never 1 or more away from 0.")
            .Set(share.ErrorRequests);
        metrics.CreateCounter("openclaw_canary_spilled_total", "Requests meant for a canary that found no token and went to stable.").Inc(Spilled(control.Ledgers));
        AddSessions(metrics);
        AddReleases(metrics, plan);

        Gauge utilization = metrics.CreateGauge("openclaw_bucket_utilization", "Tokens left over capacity: 1 is full, 0 depleted. Absent without a bucket.", OnlyWhenSet);
        Gauge tokens = metrics.CreateGauge("openclaw_bucket_tokens", "Tokens left. Absent without a bucket.", OnlyWhenSet);
        Gauge capacity = metrics.CreateGauge("openclaw_bucket_capacity", "Largest burst of canary requests. Absent without a bucket.", OnlyWhenSet);
        if (splitter.Bucket is { } bucket)
        {
            double level = bucket.Level(clock());
            utilization.Set(level / bucket.Settings.Capacity);
            tokens.Set(level);
            capacity.Set(bucket.Settings.Capacity);
            metrics.CreateCounter("openclaw_bucket_bypassed_total", "Canary requests without a token, since a source outside gives the canaries every request. Absent without a bucket.")
                .Inc(control.Workers.Sum(worker => Volatile.Read(ref worker.Counters.BucketBypassed)));
        }
    }

    private void AddReleases(MetricFactory metrics, Plan plan)
    {
        Counter changes = metrics.CreateCounter("openclaw_release_changes_total", "Times that a version became another release under the same name.", ["version"]);
        foreach (VersionLedger version in control.Ledgers.All)
        {
            bool isDue = plan.ExternalWeight is not null && plan.Versions.Any(live => live.Ledger == version);
            if (isDue || version.ReleaseChanges > 0)
            {
                changes.WithLabels(version.Version).Inc(version.ReleaseChanges);
            }
        }
    }

    private void AddSessions(MetricFactory metrics)
    {
        IReadOnlyList<Worker> workers = control.Workers;
        metrics.CreateCounter("openclaw_sticky_broken_total", "Requests that a session or an override meant for a canary and that found no token.")
            .Inc(workers.Sum(worker => Volatile.Read(ref worker.Counters.StickyBroken)));
        Counter sessions = metrics.CreateCounter(
            "openclaw_sessions_total", "Sessions that began (issued), requests of one that is known (kept), and cookies that were passed over.", ["result"]);
        sessions.WithLabels("issued").Inc(workers.Sum(worker => Volatile.Read(ref worker.Counters.SessionsIssued)));
        foreach (SessionFound found in Enum.GetValues<SessionFound>())
        {
            if (found != SessionFound.None)
            {
                sessions.WithLabels(Choice.Label(found)).Inc(workers.Sum(worker => worker.Counters.Sessions(found)));
            }
        }

        Counter overrides = metrics.CreateCounter("openclaw_overrides_total", "Requests that asked for a version by a configured header or cookie, or by a header rule of the HTTPRoute.", ["result"]);
        foreach (OverrideFound found in Enum.GetValues<OverrideFound>())
        {
            if (found != OverrideFound.None)
            {
                overrides.WithLabels(Choice.Label(found)).Inc(workers.Sum(worker => worker.Counters.Overrides(found)));
            }
        }
    }

    /// <summary>Requests meant for a canary that found no token, over every version and way they ended.</summary>
    public static long Spilled(Ledgers ledgers)
    {
        long spilled = 0;
        foreach (VersionLedger version in ledgers.All)
        {
            for (int codeClass = 0; codeClass < VersionCounters.CodeClasses; codeClass++)
            {
                spilled += version.Requests(Role.Stable, codeClass, Reason.Spilled);
            }
        }

        return spilled;
    }

    private void AddPolicy(MetricFactory metrics, Plan plan)
    {
        metrics.CreateGauge("openclaw_policy_revision_info", "Always 1; the label is the digest of the policy in force.", ["revision"])
            .WithLabels(plan.Snapshot.Revision).Set(1);
        metrics.CreateGauge("openclaw_policy_last_reload_successful", "1 if the last load was taken over, 0 if it was refused and the one before stays in force.")
            .Set(control.LastReloadSuccessful ? 1 : 0);
    }

    private void AddUpstreams(MetricFactory metrics, Plan plan)
    {
        Gauge connections = metrics.CreateGauge("openclaw_upstream_connections", "Open connections to a version's endpoints, those being opened included.", ["version", "state"]);
        Counter errors = metrics.CreateCounter("openclaw_upstream_errors_total", "Requests that an upstream failed, by where the exchange stood.", ["version", "stage"]);
        foreach (LiveVersion version in plan.Versions)
        {
            (int active, int idle) = ConnectionsOf(version);
            connections.WithLabels(version.Name, "active").Set(active);
            connections.WithLabels(version.Name, "idle").Set(idle);
        }

        foreach (VersionLedger version in control.Ledgers.All)
        {
            foreach (UpstreamStage stage in Enum.GetValues<UpstreamStage>())
            {
                if (stage != UpstreamStage.None)
                {
                    errors.WithLabels(version.Version, ProxyErrors.Label(stage)).Inc(version.UpstreamErrors(stage));
                }
            }
        }
    }

    private void AddLimits(MetricFactory metrics, Plan plan)
    {
        Counter limited = metrics.CreateCounter("openclaw_rate_limited_total", "Requests that a rate limit refused, or would have if it were enforced, by its place in the policy's list.", ["limit", "mode"]);
        Counter shared = metrics.CreateCounter("openclaw_rate_limit_shared_total", "Requests whose key shared its count with others, because the limit's table was full of active keys.", ["limit"]);
        IReadOnlyList<RateLimitSettings> limits = plan.Snapshot.Rollout.RateLimits;
        for (int i = 0; i < RateLimitList.Max; i++)
        {
            int limit = i;
            bool exists = i < limits.Count;
            Add(limited, control.Workers.Sum(worker => worker.Counters.Limited(limit, enforced: true)), exists && limits[i].Enforces, $"{i}", "enforce");
            Add(limited, control.Workers.Sum(worker => worker.Counters.Limited(limit, enforced: false)), exists && !limits[i].Enforces, $"{i}", "observe");
            Add(shared, control.Workers.Sum(worker => worker.Counters.SharedKeys(limit)), exists, $"{i}");
        }

        static void Add(Counter counter, long count, bool isDue, params string[] labels)
        {
            if (count > 0 || isDue)
            {
                counter.WithLabels(labels).Inc(count);
            }
        }
    }

    private void AddMirror(MetricFactory metrics, Plan plan)
    {
        Counter copies = metrics.CreateCounter("openclaw_mirror_requests_total", "Copies of requests that were meant for a mirrored version, by what became of them.", ["version", "result"]);
        foreach (VersionLedger version in control.Ledgers.All)
        {
            foreach (MirrorResult result in Enum.GetValues<MirrorResult>())
            {
                long count = version.Mirrored(result);
                if (count > 0 || plan.Mirroring?.Version.Ledger == version)
                {
                    copies.WithLabels(version.Version, MirrorCounters.Label(result)).Inc(count);
                }
            }
        }
    }

    private (int Active, int Idle) ConnectionsOf(LiveVersion version)
    {
        int active = 0, idle = 0;
        foreach (Worker worker in control.Workers)
        {
            IReadOnlyList<WorkerVersion?> versions = worker.Versions;
            WorkerVersion? mine = version.Slot < versions.Count ? versions[version.Slot] : null;
            foreach (EndpointPool pool in mine is null ? [] : mine.Upstreams.Pools.Concat(mine.Mirrored.Pools))
            {
                int waiting = pool.Idle;
                idle += waiting;
                active += Math.Max(0, pool.Open - waiting); // two counts of a thread that moves on
            }
        }

        return (active, idle);
    }

    private void AddDownstreams(MetricFactory metrics)
    {
        IReadOnlyList<Worker> workers = control.Workers;
        metrics.CreateGauge("openclaw_downstream_connections", "Open connections of clients.").Set(workers.Sum(worker => worker.Counters.DownstreamOpen));
        metrics.CreateCounter("openclaw_downstream_accepted_total", "Connections of clients that were taken.")
            .Inc(workers.Sum(worker => Volatile.Read(ref worker.Counters.DownstreamAccepted)));
        metrics.CreateCounter("openclaw_downstream_refused_total", "Connections of clients that a limit kept out.")
            .Inc(workers.Sum(worker => Volatile.Read(ref worker.Counters.DownstreamRefused)));
        metrics.CreateCounter("openclaw_internal_errors_total", "Connections ended by a fault of the edge itself; each is in its log.")
            .Inc(workers.Sum(worker => Volatile.Read(ref worker.Counters.InternalErrors)));

        metrics.CreateCounter("openclaw_access_log_dropped_total", "Lines of the access log that were not written.")
            .Inc(control.AccessLog?.Dropped ?? 0);

        Counter rejects = metrics.CreateCounter("openclaw_http_rejects_total", "Requests refused because their bytes break a rule of HTTP/1.1.", ["error"]);
        foreach (ParseError error in Enum.GetValues<ParseError>())
        {
            long count = workers.Sum(worker => worker.Counters.Rejects(error));
            if (count > 0)
            {
                rejects.WithLabels(ParseErrors.Label(error)).Inc(count);
            }
        }

        Counter handshakes = metrics.CreateCounter("openclaw_tls_handshakes_total", "TLS handshakes of clients.", ["result", "resumed"]);
        handshakes.WithLabels("success", "false").Inc(workers.Sum(worker => Volatile.Read(ref worker.Counters.HandshakesFull)));
        handshakes.WithLabels("success", "true").Inc(workers.Sum(worker => Volatile.Read(ref worker.Counters.HandshakesResumed)));
        handshakes.WithLabels("failure", "false").Inc(workers.Sum(worker => Volatile.Read(ref worker.Counters.HandshakesFailed)));
    }

    /// <summary>Whether a series is due before the first request: a rate sees no increase in one that begins with it.</summary>
    private static bool Plays(Plan plan, VersionLedger ledger, Role role) =>
        plan.Versions.Any(version => version.Name == ledger.Version && RoleOf(plan, version) == role);

    /// <summary>The part a version plays now; null: none, it waits for a policy to name it.</summary>
    public static Role? RoleOf(Plan plan, LiveVersion version) =>
        version == plan.Stable ? Role.Stable : plan.Canaries.Contains(version) ? Role.Canary : null;
}
