// Looks at the answers of versions as they pass, and asks some of those who get them for a voice: the token goes out with the
// answer's head. One object per exchange, worker's thread. Allocates nothing in steady state.

using OpenClaw.Edge.Feedback;
using OpenClaw.Edge.Forward;
using OpenClaw.Protocol;

namespace OpenClaw.Edge;

internal sealed class AnswerWatch(Worker worker) : Witness
{
    private Plan _plan = null!;
    private byte[] _lines = [];

    /// <summary>Has itself told of the answer, if the plan makes anything of it.</summary>
    public void Follow(ForwardRequest request, Plan plan)
    {
        _plan = plan;
        request.Witness = plan.Feedback is { Issues: true } ? this : null;
    }

    public override void Answered(ForwardRequest request, ResponseHead head, long at)
    {
        // Whoever gets an answer out of a shared cache gets its token too, and only one of them could use it.
        if (!SharedCaching.IsWelcome(head) && CountersOf(request.Version) is { } version && _plan.Issuing!.Take())
        {
            Ask(request, version, at);
        }
    }

    private void Ask(ForwardRequest request, WorkerVersion version, long at)
    {
        int length = request.AnswerLinesLength;
        if (_lines.Length < length + FeedbackRules.LineBytes)
        {
            _lines = new byte[length + FeedbackRules.LineBytes];
        }

        request.AnswerLines.AsSpan(0, length).CopyTo(_lines); // those may be shared
        int written = _plan.Feedback!.WriteLine(_lines.AsSpan(length), version.Version.Name, worker.Nonces.Next(), worker.Date.Seconds(at), cell: 0, age: 0);
        version.Counters.TokensIssued += written > 0 ? 1 : 0;
        request.AnswerLines = _lines;
        request.AnswerLinesLength = length + written;
    }

    /// <summary>Null: the version has left the configuration meanwhile.</summary>
    private WorkerVersion? CountersOf(VersionUpstreams answered)
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
