// The time of day, read once a second: the Date field of answers (RFC 9110 6.6.1). Worker's thread only.

using System.Text;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge;

internal sealed class DateLine(TimeProvider time)
{
    private byte[] _line = [];
    private long _seconds;
    private long _validUntil;

    /// <param name="now">Nanoseconds of the loop's clock.</param>
    public byte[] Line(long now)
    {
        if (now >= _validUntil)
        {
            DateTimeOffset utc = time.GetUtcNow();
            _line = Encoding.ASCII.GetBytes($"Date: {utc:r}\r\n");
            _seconds = utc.ToUnixTimeSeconds();
            _validUntil = now + Clock.Second - (utc.Ticks % TimeSpan.TicksPerSecond * 100);
        }

        return _line;
    }

    /// <summary>The same moment, in seconds since 1970.</summary>
    /// <param name="now">Nanoseconds of the loop's clock.</param>
    public long Seconds(long now)
    {
        Line(now);
        return _seconds;
    }
}
