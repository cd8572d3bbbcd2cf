// The arrivals of an access log of the edge, JSON or text: when each request came, and nothing else. Main thread; bounded by
// the number of requests that simulate takes.

using System.Globalization;

namespace OpenClaw.Edge.Simulate;

/// <param name="arrivals">Nanoseconds from the first request on, in order. A line is written when its answer ends; durationMs leads back to the start.</param>
/// <param name="foreign">Lines that are none of an access log, or broken.</param>
/// <param name="undecided">Requests that no version answered: refused before the split.</param>
internal sealed class LogReplay(IReadOnlyList<long> arrivals, long foreign, long undecided)
{
    /// <summary>The longest line that an edge writes is shorter (AccessEntry.LineBytesMax).</summary>
    private const int LineMax = 32 * 1024;

    /// <summary>Nanoseconds since 1970 leave 64 bits in 2262; no clock that is right comes near.</summary>
    private static readonly DateTime TimeMax = new(2200, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public IReadOnlyList<long> Arrivals => arrivals;

    public long Foreign => foreign;

    public long Undecided => undecided;

    /// <summary>Up to the last request and a nanosecond further, so that it is among them.</summary>
    public long Duration => Arrivals.Count == 0 ? 0 : Arrivals[^1] + 1;

    /// <returns>Null when there are more than <paramref name="max"/> requests.</returns>
    /// <exception cref="IOException">The log cannot be read.</exception>
    public static LogReplay? Read(TextReader log, int max)
    {
        List<long> arrivals = [];
        long foreign = 0, undecided = 0;
        foreach (ReadOnlyMemory<char> line in Lines(log))
        {
            if (!TryRead(line.Span, out long arrival, out bool decided))
            {
                foreign++;
            }
            else if (!decided)
            {
                undecided++;
            }
            else if (arrivals.Count == max)
            {
                return null;
            }
            else
            {
                arrivals.Add(arrival);
            }
        }

        arrivals.Sort(); // lines stand in the order of the answers
        long first = arrivals.Count == 0 ? 0 : arrivals[0];
        for (int i = 0; i < arrivals.Count; i++)
        {
            arrivals[i] -= first;
        }

        return new LogReplay(arrivals, foreign, undecided);
    }

    /// <summary>The lines that are not blank, cut where they are longer than any of ours. Each is good until the next.</summary>
    private static IEnumerable<ReadOnlyMemory<char>> Lines(TextReader log)
    {
        char[] buffer = new char[64 * 1024];
        char[] line = new char[LineMax];
        int length = 0, read;
        while ((read = log.Read(buffer)) > 0)
        {
            for (int i = 0; i < read; i++)
            {
                bool blank = length == 0 && char.IsWhiteSpace(buffer[i]);
                if (buffer[i] != '\n' && !blank && length < LineMax)
                {
                    line[length++] = buffer[i];
                }
                else if (buffer[i] == '\n' && length > 0)
                {
                    yield return line.AsMemory(0, length);
                    length = 0;
                }
            }
        }

        if (length > 0)
        {
            yield return line.AsMemory(0, length);
        }
    }

    /// <param name="arrival">Nanoseconds since the year 1970.</param>
    private static bool TryRead(ReadOnlySpan<char> line, out long arrival, out bool decided)
    {
        DateTime ended = default;
        double durationMs = 0;
        bool timed = false;
        decided = true;
        foreach (LogMember member in new LogMembers(line))
        {
            if (member.Name is "time")
            {
                timed = DateTime.TryParseExact(member.Value, "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out ended);
            }
            else if (member.Name is "durationMs")
            {
                _ = double.TryParse(member.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out durationMs);
            }
            else if (member.Name is "version")
            {
                decided = member.Value is not "none";
            }
        }

        bool fine = timed && ended >= DateTime.UnixEpoch && ended < TimeMax && durationMs is >= 0 and < 1e9;
        arrival = fine ? ((ended - DateTime.UnixEpoch).Ticks * 100) - (long)(durationMs * 1e6) : 0;
        return fine;
    }
}

/// <summary>A name and the value as written, without its quotes; escapes are left as they are.</summary>
internal readonly ref struct LogMember(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
{
    public ReadOnlySpan<char> Name { get; } = name;

    public ReadOnlySpan<char> Value { get; } = value;
}

/// <summary>
/// The members of a line: <c>{"name":"value","name":1}</c> or <c>name="value" name=1</c>. Ends at the first thing that is neither.
/// </summary>
internal ref struct LogMembers(ReadOnlySpan<char> line)
{
    private ReadOnlySpan<char> _rest = line;

    public LogMember Current { get; private set; }

    public readonly LogMembers GetEnumerator() => this;

    public bool MoveNext()
    {
        _rest = _rest.TrimStart("{, \t");
        ReadOnlySpan<char> name = Word();
        _rest = _rest.TrimStart();
        if (name.IsEmpty || _rest.IsEmpty || _rest[0] is not (':' or '='))
        {
            return false;
        }

        _rest = _rest[1..].TrimStart();
        Current = new LogMember(name, Word());
        return true;
    }

    /// <summary>What stands in quotes, or up to the next mark.</summary>
    private ReadOnlySpan<char> Word()
    {
        bool quoted = !_rest.IsEmpty && _rest[0] == '"';
        int start = quoted ? 1 : 0;
        int end = start;
        while (end < _rest.Length && (quoted ? _rest[end] != '"' : !"\",:= \t}".Contains(_rest[end])))
        {
            end += _rest[end] == '\\' && quoted ? 2 : 1;
        }

        end = Math.Min(end, _rest.Length);
        ReadOnlySpan<char> word = _rest[start..end];
        _rest = _rest[Math.Min(quoted ? end + 1 : end, _rest.Length)..];
        return word;
    }
}
