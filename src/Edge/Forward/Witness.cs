// Somebody who is told of the answer to a request while its head can still be added to. Worker's thread.

using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

internal abstract class Witness
{
    /// <summary>
    /// The final head of the answer is known and not yet written; called once, also where the fallback gave it (then
    /// <see cref="ForwardRequest.Version"/> is that). Lines for the client go to <see cref="ForwardRequest.AnswerLines"/>.
    /// </summary>
    /// <param name="head">As the upstream sent it: status, fields, length of the body.</param>
    /// <param name="at">The loop's clock when it had come.</param>
    public abstract void Answered(ForwardRequest request, ResponseHead head, long at);
}
