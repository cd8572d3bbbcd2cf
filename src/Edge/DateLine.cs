// The Date field of answers, formatted once a second (RFC 9110 6.6.1). Worker's thread only.

using System.Text;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge;

internal sealed class DateLine(TimeProvider time)
{
    private byte[] _line = [];
    private long _validUntil;

    /// <param name="now">Nanoseconds of the loop's clock.</param>
    public byte[] Line(long now)
    {
        if (now >= _validUntil)
        {
            DateTimeOffset utc = time.GetUtcNow();
            _line = Encoding.ASCII.GetBytes($"Date: {utc:r}\r\n");
            _validUntil = now + Clock.Second - (utc.Ticks % TimeSpan.TicksPerSecond * 100);
        }

        return _line;
    }
}
