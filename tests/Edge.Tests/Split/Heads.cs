// Requests as the rules see them, made of the lines of a head; and the snapshots and selectors that tests ask.

using System.Buffers;
using System.Net;
using System.Text;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Tests.Split;

internal static class Heads
{
    /// <param name="fields">Field lines without their CRLF.</param>
    public static RequestHead Of(params string[] fields)
    {
        byte[] bytes = Encoding.Latin1.GetBytes("GET / HTTP/1.1\r\nHost: h\r\n" + string.Concat(fields.Select(field => field + "\r\n")) + "\r\n");
        RequestHead head = new();
        ParseResult parsed = RequestParser.Parse(new ReadOnlySequence<byte>(bytes), head, new ParseLimits(65536, 65536, 200));
        Assert.Equal(ParseStatus.Complete, parsed.Status);
        return head;
    }

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static Choice Select(this Selector selector, RequestHead head, string peer = "192.0.2.9", uint usable = uint.MaxValue, uint tripped = 0) =>
        selector.Select(new Caller(head, Bytes(peer), isTls: false), usable, tripped, worker: 0, now: 0);

    public static Choice Select(this Selector selector, params string[] fields) => selector.Select(Of(fields));

    public static Snapshot Snapshot(RolloutPolicy policy, params string[] trusted) =>
        new(new EdgeSettings { Listeners = [], Versions = [], Stable = "v1", TrustedNetworks = Networks(trusted) }, policy, "", 0);

    public static IReadOnlyList<IPNetwork> Networks(params string[] networks) => [.. networks.Select(network => IPNetwork.Parse(network))];

    public static Selector Selector(RolloutPolicy policy, Selector? before = null) => Selector(Snapshot(policy), before);

    public static Selector Selector(Snapshot snapshot, Selector? before = null) =>
        new(snapshot, Splitter.Create(snapshot.Rollout, previous: null, workers: 1, now: 0), before);

    public static SigningKeys Keys(params string[] lines)
    {
        Assert.Null(SigningKeys.Read(Bytes(string.Join('\n', lines)), out SigningKeys keys));
        return keys;
    }

    public static string Cookie(SessionCookie cookie, ulong point)
    {
        byte[] text = new byte[44];
        cookie.WriteValue(text, point);
        return Encoding.ASCII.GetString(text);
    }

    /// <summary>The Cookie field of a client that was given these lines.</summary>
    public static string Returned(Selector selector, Choice choice, bool isTls = false)
    {
        string line = CookieLines(selector, choice, Of(), isTls).Split("\r\n")[0];
        return "Cookie: " + line["Set-Cookie: ".Length..line.IndexOf(';')];
    }

    public static string CookieLines(Selector selector, Choice choice, RequestHead head, bool isTls = false, string peer = "192.0.2.9")
    {
        byte[] lines = new byte[selector.Sessions!.CookieLinesBytesMax];
        int length = selector.Sessions.WriteCookieLines(lines, choice.Place!.Value, new Caller(head, Bytes(peer), isTls));
        return Encoding.ASCII.GetString(lines, 0, length);
    }
}
