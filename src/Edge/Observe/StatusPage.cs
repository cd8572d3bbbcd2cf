// Writes /status: the state of the rollout as JSON, schema version 1. Fields are only ever added. Side port's thread; only
// reads.

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenClaw.Edge.Feedback;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Observe;

internal sealed class StatusPage(Control control, Func<long> clock)
{
    private const int SchemaVersion = 1;

    public byte[] Render()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) // no HTML here, and a + stays one
        {
            Plan plan = control.Plan;
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", SchemaVersion);
            json.WriteString("revision", plan.Snapshot.Revision);
            json.WriteNumber("uptimeSeconds", Math.Round(clock() / 1e9, 3));
            json.WriteString("release", Release.Version);
            json.WriteString("phase", control.Phase.ToString().ToLowerInvariant());
            json.WriteBoolean("lastReloadSuccessful", control.LastReloadSuccessful);
            WriteListeners(json);
            WriteWeight(json, plan);
            WriteShare(json, plan.Splitter);
            WriteCanaries(json, plan.Snapshot.Rollout);
            WriteReasons(json);
            WriteBucket(json, plan.Splitter.Bucket);
            WriteVersions(json, plan);
            WriteHeuristic(json);
            WriteGuard(json);
            WriteFeedback(json, plan);
            WriteKubernetes(json);
            WriteAdvice(json);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private void WriteListeners(Utf8JsonWriter json)
    {
        json.WriteStartArray("listeners");
        foreach (string address in control.Addresses)
        {
            json.WriteStringValue(address);
        }

        json.WriteEndArray();
        json.WriteNumber("workers", control.Workers.Count);
        json.WriteNumber("connections", control.Workers.Sum(worker => worker.Connections.Count));
    }

    /// <summary>What each source allows at most; null: it says nothing, or this release does not have it.</summary>
    private static void WriteWeight(Utf8JsonWriter json, Plan plan)
    {
        json.WriteStartObject("weight");
        json.WriteNumber("effective", plan.EffectiveWeight);
        json.WriteStartObject("bySource");
        json.WriteNumber("policy", plan.PolicyWeight);
        Write(json, "external", plan.ExternalWeight);
        Write(json, "guard", plan.GuardWeight);
        json.WriteNull("health");
        Write(json, "abort", plan.Snapshot.Rollout.Abort ? 0 : null);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteShare(Utf8JsonWriter json, Splitter splitter)
    {
        ShareTotals totals = splitter.Totals();
        json.WriteStartObject("share");
        json.WriteNumber("asked", totals.Eligible == 0 ? splitter.Weight : Math.Round(totals.AskedTurns / totals.Eligible, 15));
        json.WriteNumber("achieved", totals.AchievedShare);
        json.WriteNumber("eligible", totals.Eligible);
        json.WriteNumber("turns", totals.Turns);
        json.WriteNumber("errorRequests", totals.ErrorRequests);
        json.WriteEndObject();
    }

    private static void WriteCanaries(Utf8JsonWriter json, RolloutPolicy policy)
    {
        json.WriteStartArray("canaries");
        foreach (CanarySettings canary in policy.Canaries)
        {
            json.WriteStartObject();
            json.WriteString("version", canary.Version);
            json.WriteNumber("weight", canary.Weight);
            json.WriteNumber("priority", canary.Priority);
            json.WriteNumber("floor", canary.Floor);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Requests since the start, by why they went where they went; those that the edge answered itself included.</summary>
    private void WriteReasons(Utf8JsonWriter json)
    {
        json.WriteStartObject("reasons");
        foreach (Reason reason in Enum.GetValues<Reason>())
        {
            long count = 0;
            for (int role = 0; role < VersionCounters.Roles; role++)
            {
                for (int codeClass = 0; codeClass < VersionCounters.CodeClasses; codeClass++)
                {
                    count += control.Ledgers.All.Sum(version => version.Requests((Role)role, codeClass, reason))
                        + control.Workers.Sum(worker => worker.Counters.None.Requests((Role)role, codeClass, reason));
                }
            }

            json.WriteNumber(Reasons.Label(reason), count);
        }

        json.WriteEndObject();
    }

    private void WriteBucket(Utf8JsonWriter json, TokenBucket? bucket)
    {
        if (bucket is null)
        {
            json.WriteNull("bucket");
            return;
        }

        json.WriteStartObject("bucket");
        json.WriteNumber("tokens", bucket.Level(clock()));
        json.WriteNumber("capacity", bucket.Settings.Capacity);
        json.WriteNumber("refillRate", bucket.Settings.RefillRate);
        json.WriteNumber("spilled", Exposition.Spilled(control.Ledgers));
        json.WriteEndObject();
    }

    private static void WriteVersions(Utf8JsonWriter json, Plan plan)
    {
        json.WriteStartArray("versions");
        foreach (LiveVersion version in plan.Versions)
        {
            json.WriteStartObject();
            json.WriteString("name", version.Name);
            json.WriteString("role", Exposition.RoleOf(plan, version) is { } role ? Labels.Of(role) : Labels.None);
            WriteScore(json, version.Rating.Current);
            json.WriteStartObject("matched");
            WriteScore(json, version.Rating.CurrentMatched);
            json.WriteEndObject();
            WriteOpinion(json, version.Rating.Opinion);
            json.WriteStartArray("endpoints");
            foreach (Endpoint endpoint in version.Upstream.Endpoints)
            {
                json.WriteStartObject();
                json.WriteString("address", endpoint.AddressText);
                json.WriteBoolean("healthy", endpoint is { Address: not null, IsReachable: true }); // health checks come later: until then, what the last connect said
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteScore(Utf8JsonWriter json, Rating.Score score)
    {
        json.WriteNumber("score", score.Value);
        json.WriteNumber("lower", score.Lower);
        json.WriteNumber("upper", score.Upper);
        json.WriteNumber("samples", score.Samples);
    }

    private static void WriteOpinion(Utf8JsonWriter json, Rating.Opinion? opinion)
    {
        if (opinion is null)
        {
            json.WriteNull("voices");
            return;
        }

        json.WriteStartObject("voices");
        json.WriteNumber("weight", Math.Round(opinion.Weight, 6));
        json.WriteNumber("score", opinion.Mean.Value);
        json.WriteNumber("lower", opinion.Mean.Lower);
        json.WriteNumber("upper", opinion.Mean.Upper);
        json.WriteEndObject();
    }

    /// <summary>Why the learned part weighs what it weighs.</summary>
    private void WriteHeuristic(Utf8JsonWriter json)
    {
        if (control.Heuristic is not { } heuristic)
        {
            json.WriteNull("heuristic");
            return;
        }

        json.WriteStartObject("heuristic");
        json.WriteNumber("weight", heuristic.Weight);
        json.WriteNumber("skill", heuristic.Skill);
        json.WriteNumber("evidence", heuristic.Evidence);
        json.WriteNumber("modelLoss", heuristic.ModelLoss);
        json.WriteNumber("formulaLoss", heuristic.FormulaLoss);
        json.WriteNumber("shiftedLoss", heuristic.ShiftedLoss);
        json.WriteStartObject("coefficients");
        foreach (Rating.HeuristicCoefficient coefficient in heuristic.Coefficients)
        {
            json.WriteStartArray(coefficient.Name);
            json.WriteNumberValue(Math.Round(coefficient.Value, 6));
            json.WriteNumberValue(Math.Round(coefficient.Deviation, 6));
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The worst state of all canaries, and each of them.</summary>
    private void WriteGuard(Utf8JsonWriter json)
    {
        GuardStatus guard = control.Guard.Status;
        json.WriteStartObject("guard");
        json.WriteString("mode", GuardLabels.Of(guard.Mode));
        json.WriteString("state", GuardLabels.Of(guard.State));
        GuardJson.WriteCause(json, guard.Cause);
        json.WriteString("since", guard.Since.UtcDateTime);
        json.WriteStartArray("canaries");
        foreach (CanaryStatus canary in guard.Canaries)
        {
            json.WriteStartObject();
            GuardJson.WriteMembers(json, canary);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Null where the policy asks nobody. Times are seconds since 1970.</summary>
    private void WriteFeedback(Utf8JsonWriter json, Plan plan)
    {
        if (plan.Feedback is null)
        {
            json.WriteNull("feedback");
            return;
        }

        FeedbackDesk desk = control.Desk;
        IReadOnlyList<(string? Version, FeedbackResult Result, long Voices)> counts = desk.Counts();
        json.WriteStartObject("feedback");
        json.WriteNumber("issued", control.Ledgers.All.Sum(version => version.TokensIssued()));
        json.WriteStartObject("voices");
        foreach (FeedbackResult result in Enum.GetValues<FeedbackResult>())
        {
            json.WriteNumber(FeedbackResults.Label(result), counts.Where(count => count.Result == result).Sum(count => count.Voices));
        }

        json.WriteEndObject();
        json.WriteNumber("waiting", desk.Voices.Count);
        json.WriteStartObject("replayWindow");
        json.WriteNumber("held", desk.Window.Held);
        json.WriteNumber("capacity", desk.Window.Capacity);
        json.WriteNumber("floor", desk.Window.Floor);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The objects that are followed, and how it stands with each.</summary>
    private void WriteKubernetes(Utf8JsonWriter json)
    {
        json.WriteStartArray("kubernetes");
        foreach (WatchStatus watch in control.Kubernetes?.Watches ?? [])
        {
            json.WriteStartObject();
            json.WriteString("resource", watch.Object.Label);
            json.WriteString("namespace", watch.Object.Namespace);
            json.WriteString("name", watch.Object.Name);
            json.WriteBoolean("connected", watch.IsConnected);
            json.WriteNumber("ageSeconds", Math.Round(control.Kubernetes!.AgeSeconds(watch), 3));
            json.WriteString("resourceVersion", watch.Version);
            json.WriteBoolean("accepted", watch.IsAccepted);
            json.WriteString("problem", watch.Problem);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteAdvice(Utf8JsonWriter json)
    {
        json.WriteStartArray("advice");
        if (control.Advice is { } advice)
        {
            json.WriteStringValue(advice.Text);
        }

        json.WriteEndArray();
    }
}
