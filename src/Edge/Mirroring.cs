// Which requests are copied to another version, by one policy. Immutable but for the share's own count; any worker.

using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge;

/// <param name="version">Gets copies of requests that go elsewhere.</param>
/// <param name="share">Which of those it gets.</param>
internal sealed class Mirroring(LiveVersion version, ShareSchedule share)
{
    public LiveVersion Version => version;

    /// <summary>Copies a request on its way to <paramref name="chosen"/>, if it can be copied and its turn has come.</summary>
    public void Copy(ForwardRequest request, LiveVersion chosen, Worker worker)
    {
        if (chosen != version && Mirror.Takes(request.Head) && share.Take())
        {
            WorkerVersion to = worker.VersionOf(version);
            worker.Mirror.Copy(request, to.Mirrored, to.Counters.Mirrored);
        }
    }
}
