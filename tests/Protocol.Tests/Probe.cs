// Parses bytes in any cut and tells everything a caller could see of the outcome as one comparable value.

using System.Buffers;
using System.Globalization;
using System.Text;

namespace OpenClaw.Protocol.Tests;

/// <summary>Names to values: status, error, place, and every property of the head. Two equal outcomes have equal text.</summary>
internal sealed class Outcome
{
    private readonly SortedDictionary<string, string> _parts = new(StringComparer.Ordinal);

    internal string this[string key]
    {
        get => _parts.TryGetValue(key, out string? value) ? value : "(absent)";
        set => _parts[key] = value;
    }

    internal string Status => this["status"];

    public override string ToString() => string.Join('\n', _parts.Select(p => p.Key + "=" + p.Value));
}

internal sealed class Probe
{
    private readonly RequestHead? _request;
    private readonly ResponseHead? _response;
    private readonly Method _method;
    private readonly ParseLimits _limits;

    private Probe(RequestHead? request, ResponseHead? response, Method method, ParseLimits limits)
    {
        _request = request;
        _response = response;
        _method = method;
        _limits = limits;
    }

    internal static Probe Request(ParseLimits? limits = null) => new(new RequestHead(), null, default, limits ?? new());

    internal static Probe Response(Method method, ParseLimits? limits = null) => new(null, new ResponseHead(), method, limits ?? new());

    internal void Reset()
    {
        _request?.Reset();
        _response?.Reset();
    }

    internal ParseResult Parse(in ReadOnlySequence<byte> bytes) => _request is not null
        ? RequestParser.Parse(bytes, _request, _limits)
        : ResponseParser.Parse(bytes, _response!, _limits, _method);

    /// <summary>One call on a fresh head.</summary>
    internal Outcome Once(in ReadOnlySequence<byte> bytes)
    {
        Reset();
        return Describe(Parse(bytes), bytes.Length);
    }

    /// <summary>Calls that see the first n bytes for each n given, and at last all of them; ends at the first verdict.</summary>
    internal Outcome Growing(byte[] bytes, IEnumerable<int> lengths, bool move)
    {
        Reset();
        foreach (int length in lengths.Append(bytes.Length))
        {
            ReadOnlyMemory<byte> view = bytes.AsMemory(0, length);
            ParseResult result = Parse(new ReadOnlySequence<byte>(move ? view.ToArray() : view));
            if (result.Status != ParseStatus.Incomplete || length == bytes.Length) { return Describe(result, bytes.Length); }
        }
        throw new InvalidOperationException();
    }

    internal Outcome Describe(ParseResult result, long total)
    {
        Outcome outcome = new() { ["status"] = result.Status.ToString().ToLowerInvariant() };
        if (result.Status == ParseStatus.Invalid)
        {
            outcome["error"] = ParseErrors.Label(result.Error);
            outcome["code"] = ParseErrors.StatusCode(result.Error).ToString(CultureInfo.InvariantCulture);
            outcome["offset"] = result.Offset.ToString(CultureInfo.InvariantCulture);
        }
        if (result.Status == ParseStatus.Complete)
        {
            outcome["rest"] = (total - result.Consumed).ToString(CultureInfo.InvariantCulture);
            if (_request is not null) { DescribeRequest(outcome, _request); }
            else { DescribeResponse(outcome, _response!); }
        }
        return outcome;
    }

    private static void DescribeRequest(Outcome outcome, RequestHead head)
    {
        DescribeShared(outcome, head);
        outcome["method"] = Latin(head.MethodText);
        outcome["known"] = head.Method.ToString().ToLowerInvariant();
        outcome["target"] = Latin(head.Target);
        outcome["form"] = head.Form.ToString().ToLowerInvariant();
        outcome["host"] = Latin(head.Authority);
        outcome["origin"] = Latin(head.OriginTarget);
        outcome["expect"] = YesNo(head.ExpectContinue);
        outcome["maxforwards"] = head.MaxForwards.ToString(CultureInfo.InvariantCulture);
    }

    private static void DescribeResponse(Outcome outcome, ResponseHead head)
    {
        DescribeShared(outcome, head);
        outcome["answer"] = head.StatusCode.ToString(CultureInfo.InvariantCulture);
        outcome["reason"] = Latin(head.Reason);
    }

    private static void DescribeShared(Outcome outcome, MessageHead head)
    {
        outcome["bytes"] = Latin(head.Bytes.Span);
        outcome["minor"] = head.MinorVersion.ToString(CultureInfo.InvariantCulture);
        outcome["keepalive"] = YesNo(head.KeepAlive);
        outcome["upgrade"] = YesNo(head.WantsUpgrade);
        outcome["body"] = head.Body.Kind == BodyKind.Length
            ? string.Create(CultureInfo.InvariantCulture, $"length:{head.Body.Length}")
            : head.Body.Kind.ToString().ToLowerInvariant();
        StringBuilder all = new(), kept = new(), hop = new();
        for (int i = 0; i < head.Fields.Count; i++)
        {
            ref readonly Field field = ref head.Fields[i];
            string name = Latin(head.Name(field));
            all.Append(name).Append('<').Append(Latin(head.Value(field))).Append('>').Append(field.Known);
            (field.HopByHop ? hop : kept).Append(name).Append(',');
        }
        outcome["fields"] = all.ToString();
        outcome["count"] = head.Fields.Count.ToString(CultureInfo.InvariantCulture);
        outcome["kept"] = kept.ToString().TrimEnd(',');
        outcome["hop"] = hop.ToString().TrimEnd(',');
        outcome["value"] = head.Fields.Count == 0 ? "" : Latin(head.Value(head.Fields[head.Fields.Count - 1]));
    }

    private static string Latin(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    private static string YesNo(bool value) => value ? "yes" : "no";
}
