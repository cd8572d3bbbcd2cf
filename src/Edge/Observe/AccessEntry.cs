// What the access log will say of one exchange. The head's bytes are gone when the answer ends, so what the line needs of
// them is copied, cut to a bound, when the exchange begins. Belongs to one exchange object; worker's thread.

using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Split;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Observe;

/// <summary>How an exchange ended.</summary>
/// <param name="Status">As the client was told; 0: nothing final could be said.</param>
/// <param name="Version">Null: the edge answered by itself.</param>
/// <param name="Upstream">The address of the last attempt; empty without one.</param>
/// <param name="BodyBytes">Bytes of the version's answer body, without framing; 0 for an answer of the edge's own.</param>
/// <param name="Error">Empty when nothing failed.</param>
/// <param name="First">Null: no version was asked.</param>
internal readonly record struct AccessOutcome(
    int Status, string? Version, Role Role, Reason Reason, string Upstream, long BodyBytes, string Error, long DurationNanoseconds, FirstAttempt? First = null);

/// <summary>What the rating learned, so that a score can be computed again from the log.</summary>
/// <param name="Version">That was asked first; another may have answered.</param>
/// <param name="AnswerNanoseconds">From the first byte of the request to the final head of the answer; -1: none came.</param>
internal readonly record struct FirstAttempt(string Version, Outcome Outcome, long AnswerNanoseconds);

internal sealed class AccessEntry(WorkerAccessLog log)
{
    private const int MethodMax = 32, TargetMax = 2048, HostMax = 256, AgentMax = 512, TraceMax = 64, IdMax = 128;

    /// <summary>Largest line: every copied byte escaped (\u00XX), and 2 KiB for names, numbers and words of ours.</summary>
    public const int LineBytesMax = 6 * (MethodMax + TargetMax + HostMax + AgentMax + TraceMax + IdMax) + 2048;

    private Copy _method = new(MethodMax), _target = new(TargetMax), _host = new(HostMax), _agent = new(AgentMax), _trace = new(TraceMax), _id = new(IdMax);
    private byte[] _client = [];
    private bool _isTls;

    /// <summary>A new exchange, of which no head is known yet.</summary>
    public void Begin(byte[] client, bool isTls)
    {
        _client = client;
        _isTls = isTls;
        _method.Length = _target.Length = _host.Length = _agent.Length = _trace.Length = _id.Length = 0;
    }

    /// <summary>The head is whole. The id is the one that the upstream will see.</summary>
    public void Note(ForwardRequest request)
    {
        RequestHead head = request.Head;
        _method.Set(head.MethodText);
        _target.Set(head.Target);
        _host.Set(head.Authority);
        _agent.Set(Value(head, KnownField.UserAgent));
        _trace.Set(Value(head, KnownField.Traceparent));
        ReadOnlySpan<byte> brought = Value(head, KnownField.XRequestId);
        _id.Set(brought.IsEmpty || !request.Settings.Trusts(_client) ? request.RequestId : brought);
    }

    /// <summary>Hands the line over to be written. Never waits.</summary>
    public void Write(in AccessOutcome outcome) => log.Write(this, outcome);

    /// <summary>Writes the line; 0: it does not fit.</summary>
    /// <param name="time">When the exchange ended.</param>
    public int Format(in AccessOutcome outcome, DateTime time, bool json, Span<byte> destination)
    {
        Span<byte> utc = stackalloc byte["yyyy-MM-ddTHH:mm:ss.fffffffZ".Length];
        time.TryFormat(utc, out int length, "O");
        utc = utc[..(length - 4)]; // milliseconds do
        utc[^1] = (byte)'Z';

        LineWriter line = new(destination, json);
        line.Begin();
        line.Text("time"u8, utc);
        line.Text("client"u8, _client);
        line.Flag("tls"u8, _isTls);
        line.Text("method"u8, _method.Bytes);
        line.Text("target"u8, _target.Bytes);
        line.Text("host"u8, _host.Bytes);
        line.Number("status"u8, outcome.Status);
        line.Number("bodyBytes"u8, outcome.BodyBytes);
        line.Milliseconds("durationMs"u8, outcome.DurationNanoseconds);
        line.Text("version"u8, outcome.Version ?? Labels.None);
        line.Text("role"u8, outcome.Version is null ? Labels.None : Labels.Of(outcome.Role));
        line.Text("reason"u8, Reasons.Label(outcome.Reason));
        if (outcome.First is { } first)
        {
            line.Text("rated"u8, first.Outcome == Outcome.ClientError ? "" : first.Version);
            line.Text("outcome"u8, Labels.Of(first.Outcome));
            if (first.AnswerNanoseconds >= 0)
            {
                line.Milliseconds("answerMs"u8, first.AnswerNanoseconds);
            }
        }

        line.Text("upstream"u8, outcome.Upstream);
        line.Text("requestId"u8, _id.Bytes);
        line.Text("traceparent"u8, _trace.Bytes);
        line.Text("userAgent"u8, _agent.Bytes);
        line.Text("error"u8, outcome.Error);
        line.End();
        return line.Overflowed ? 0 : line.Written;
    }

    private static ReadOnlySpan<byte> Value(RequestHead head, KnownField field)
    {
        int index = head.Fields.IndexOf(field);
        return index < 0 ? default : head.Value(head.Fields[index]);
    }

    /// <summary>The first bytes of something.</summary>
    private struct Copy(int max)
    {
        private readonly byte[] _bytes = new byte[max];

        public int Length { get; set; }

        public readonly ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

        public void Set(ReadOnlySpan<byte> bytes)
        {
            Length = Math.Min(bytes.Length, _bytes.Length);
            bytes[..Length].CopyTo(_bytes);
        }
    }
}
