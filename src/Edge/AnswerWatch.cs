// Looks at the answers of versions as they pass: notes the signals that the learned model goes by, and asks some of those who get
// them for a voice; the token goes out with the answer's head. One object per exchange, worker's thread. Allocates nothing in steady state.

using OpenClaw.Edge.Feedback;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Rating;
using OpenClaw.Protocol;

namespace OpenClaw.Edge;

internal sealed class AnswerWatch(Worker worker) : Witness
{
    private Plan _plan = null!;
    private WorkerVersion _chosen = null!;
    private ulong _route;
    private long _startedAt;
    private SignalCell _cell; // of the chosen version's answer; unknown until it comes
    private byte[] _lines = [];

    /// <summary>Has itself told of the answer, if voices are taken at all: without them there is nobody to ask, and nothing to learn.</summary>
    public void Follow(ForwardRequest request, Plan plan, WorkerVersion chosen, long startedAt)
    {
        request.Witness = null;
        if (plan.Feedback is not null)
        {
            request.Witness = this;
            (_plan, _chosen, _startedAt, _cell) = (plan, chosen, startedAt, default);
            _route = worker.Routes.RouteOf((int)request.Head.Method, request.Head.OriginTarget);
        }
    }

    public override void Answered(ForwardRequest request, ResponseHead head, long at)
    {
        WorkerVersion? version = request.Version == _chosen.Upstreams ? _chosen : VersionOf(request.Version);
        SignalCell cell = worker.Routes.Observe(
            _route, Outcomes.FromStatus(head.StatusCode), at - _startedAt, _plan.LatencyTarget,
            head.Body.Kind == BodyKind.Length ? head.Body.Length : -1, learns: version?.Version == _plan.Stable);
        if (version == _chosen)
        {
            _cell = cell;
        }

        // Whoever gets an answer out of a shared cache gets its token too, and only one of them could use it.
        if (_plan.Feedback!.Issues && version is not null && !SharedCaching.IsWelcome(head) && _plan.Issuing!.Take())
        {
            Ask(request, version, cell, at);
        }
    }

    /// <summary>The exchange is over: its first attempt ended so.</summary>
    public void Record(ForwardRequest request, Outcome outcome)
    {
        if (request.Witness is null)
        {
            return;
        }

        bool asItBegan = _cell.IsKnown && _cell.Outcome == outcome;
        _chosen.Cells.Record(asItBegan ? _cell : worker.Routes.Observe(_route, outcome, worker.Loop.Now - _startedAt, _plan.LatencyTarget, contentLength: -1, learns: false));
    }

    private void Ask(ForwardRequest request, WorkerVersion version, SignalCell cell, long at)
    {
        int length = request.AnswerLinesLength;
        if (_lines.Length < length + FeedbackRules.LineBytes)
        {
            _lines = new byte[length + FeedbackRules.LineBytes];
        }

        request.AnswerLines.AsSpan(0, length).CopyTo(_lines); // those may be shared
        int written = _plan.Feedback!.WriteLine(
            _lines.AsSpan(length), version.Version.Name, worker.Nonces.Next(), worker.Date.Seconds(at), cell.Code, version.Version.Rating.Age);
        version.Counters.TokensIssued += written > 0 ? 1 : 0;
        request.AnswerLines = _lines;
        request.AnswerLinesLength = length + written;
    }

    /// <summary>Null: the version has left the configuration meanwhile.</summary>
    private WorkerVersion? VersionOf(VersionUpstreams answered)
    {
        IReadOnlyList<WorkerVersion?> versions = worker.Versions;
        for (int i = 0; i < versions.Count; i++)
        {
            if (versions[i] is { } version && version.Upstreams == answered)
            {
                return version;
            }
        }

        return null;
    }
}
