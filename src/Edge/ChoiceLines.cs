// What a client is told of the choice that was made for its request: the reason, where that is switched on, and the place of
// a session that begins. One object per exchange, for the lines of the last session that began on it; worker's thread.

using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge;

internal sealed class ChoiceLines
{
    private byte[] _lines = [];

    /// <summary>Sets the lines that go out with the answer to <paramref name="request"/>.</summary>
    public void Tell(ForwardRequest request, Plan plan, in Choice choice, in Caller caller)
    {
        byte[] lines = plan.ReasonLines[(int)choice.Decision.Reason];
        int length = lines.Length;
        if (choice.Place is { } place)
        {
            Sessions sessions = plan.Selector.Sessions!;
            if (_lines.Length < length + sessions.CookieLinesBytesMax)
            {
                _lines = new byte[length + sessions.CookieLinesBytesMax];
            }

            lines.CopyTo(_lines, 0);
            lines = _lines;
            length += sessions.WriteCookieLines(_lines.AsSpan(length), place, caller);
        }

        request.AnswerLinesLength = length;
        if (length > 0)
        {
            request.AnswerLines = lines;
        }
    }
}
