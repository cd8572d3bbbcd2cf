// What a line says, and that lines reach their file or are counted.

using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Split;
using OpenClaw.Edge.Tests.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Tests.Observe;

public sealed class AccessLogTests : IDisposable
{
    private const string Request = "GET /a?b=\"c\" HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: curl/8\r\nTraceparent: 00-ab-cd-01\r\n\r\n";
    private const int LineMax = AccessEntry.LineBytesMax;

    private static readonly DateTime Time = new(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc);
    private static readonly AccessOutcome Served = new(200, "v2", Role.Canary, Reason.Weight, "127.0.0.1:9002", 17, "", 1_234_567, new FirstAttempt("v2", Outcome.Success, 1_000_999));

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private AccessLog Open(string path, int workers = 1, int ringBytes = 1 << 16, AccessLogFormat format = AccessLogFormat.Json) =>
        new(new AccessLogSettings { Path = path, Format = format }, workers, TimeProvider.System, NullLogger.Instance, ringBytes);

    /// <summary>An entry that has seen a request; null: none that could be parsed.</summary>
    private static AccessEntry Entry(string? request, WorkerAccessLog? log = null, string trusted = "")
    {
        AccessEntry entry = new(log!);
        entry.Begin("203.0.113.7"u8.ToArray(), isTls: true);
        if (request is not null)
        {
            ForwardRequest asked = new(new Lender<RequestHead>(static () => new RequestHead())) { Settings = new ForwardSettings(TestFolder.Load(TestFolder.Edge + trusted, "{}").Snapshot!.Edge) };
            "0123456789abcdef0123456789abcdef"u8.CopyTo(asked.RequestId);
            asked.Begin();
            Assert.Equal(ParseStatus.Complete, RequestParser.Parse(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(request)), asked.Head, new ParseLimits()).Status);
            entry.Note(asked);
        }

        return entry;
    }

    private static string Line(AccessEntry entry, AccessOutcome outcome, bool json = true)
    {
        byte[] line = new byte[LineMax];
        int length = entry.Format(outcome, Time, json, line);
        return Encoding.UTF8.GetString(line, 0, length);
    }

    [Fact]
    public void Json_IsOneObjectALine()
    {
        string line = Line(Entry(Request), Served);
        Assert.Equal("""
            {"time":"2026-01-02T03:04:05.678Z","client":"203.0.113.7","tls":true,"method":"GET","target":"/a?b=\"c\"","host":"shop.example","status":200,"bodyBytes":17,"durationMs":1.234,"version":"v2","role":"canary","reason":"weight","rated":"v2","outcome":"success","answerMs":1.000,"upstream":"127.0.0.1:9002","requestId":"0123456789abcdef0123456789abcdef","traceparent":"00-ab-cd-01","userAgent":"curl/8"}
            """ + "\n", line);
        Assert.Equal("/a?b=\"c\"", JsonDocument.Parse(line).RootElement.GetProperty("target").GetString());
    }

    [Fact]
    public void Text_IsLogfmt() =>
        Assert.Equal("""
            time="2026-01-02T03:04:05.678Z" client="203.0.113.7" tls=true method="GET" target="/" host="h" status=0 bodyBytes=0 durationMs=0.000 version="v1" role="stable" reason="spilled" requestId="0123456789abcdef0123456789abcdef" error="the client closed the connection"
            """ + "\n", Line(Entry("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), new AccessOutcome(0, "v1", Role.Stable, Reason.Spilled, "", 0, ProxyErrors.Text(ProxyError.ClientGone), 999), json: false));

    [Theory]
    [InlineData(Outcome.Error, -1, "\"rated\":\"v3\",\"outcome\":\"error\",\"upstream\"")]
    [InlineData(Outcome.Error, 2_000_000, "\"rated\":\"v3\",\"outcome\":\"error\",\"answerMs\":2.000,\"upstream\"")]
    [InlineData(Outcome.ClientAbort, -1, "\"rated\":\"v3\",\"outcome\":\"abort\",\"upstream\"")]
    [InlineData(Outcome.ClientError, 1000, "\"reason\":\"weight\",\"outcome\":\"clientError\",\"answerMs\":0.001,\"upstream\"")]
    public void FirstAttempt_SaysWhatTheRatingLearned(Outcome outcome, long answerNanoseconds, string expected) =>
        Assert.Contains(expected, Line(Entry(Request), Served with { First = new FirstAttempt("v3", outcome, answerNanoseconds) }));

    [Fact]
    public void RefusedHead_HasNeitherMethodNorTarget()
    {
        JsonElement line = JsonDocument.Parse(Line(Entry(null), new AccessOutcome(400, null, Role.Stable, Reason.Rejected, "", 0, "bad", 0))).RootElement;
        Assert.False(line.TryGetProperty("method", out _));
        Assert.False(line.TryGetProperty("target", out _));
        Assert.False(line.TryGetProperty("outcome", out _));
        Assert.Equal(("none", "none", "rejected", "bad"), (line.GetProperty("version").GetString(), line.GetProperty("role").GetString(), line.GetProperty("reason").GetString(), line.GetProperty("error").GetString()));
    }

    [Fact]
    public void EntryOfTheExchangeBefore_LeavesNothing()
    {
        AccessEntry entry = Entry(Request);
        entry.Begin("unknown"u8.ToArray(), isTls: false);
        Assert.DoesNotContain("shop.example", Line(entry, Served));
    }

    [Fact]
    public void AnyBytesOfAField_StayOneValidLine() =>
        Gen.Byte.Where(b => b is not (0 or (byte)'\r' or (byte)'\n') && (b >= 0x20 || b == '\t') && b != 0x7f).Array[0, 600].Sample(value =>
        {
            string text = Encoding.Latin1.GetString(value).Trim(' ', '\t');
            string line = Line(Entry($"GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: {text}\r\n\r\n"), Served);
            Assert.Equal(line.Length - 1, line.AsSpan().IndexOfAnyExceptInRange(' ', '~'));
            bool named = JsonDocument.Parse(line).RootElement.TryGetProperty("userAgent", out JsonElement agent);
            Assert.Equal(text.Length > 512 ? text[..512] : text, named ? agent.GetString() : "");
        });

    [Fact]
    public void LongestLine_Fits()
    {
        string quotes = new('"', 5000), high = new('\u00ff', 5000);
        AccessOutcome outcome = Served with { Version = new string('v', 63), First = new FirstAttempt(new string('v', 63), Outcome.Success, long.MaxValue), Upstream = new string('h', 400), Error = new string('e', 400), DurationNanoseconds = long.MaxValue, BodyBytes = long.MaxValue };
        string line = Line(Entry($"{new string('M', 40)} /{quotes} HTTP/1.1\r\nHost: {new string('h', 255)}\r\nUser-Agent: {high}\r\nTraceparent: {high}\r\nX-Request-Id: {high}\r\n\r\n", trusted: "\nforwarded: {trustedCidrs: [203.0.113.0/24]}"), outcome);
        Assert.EndsWith("}\n", line);
        Assert.Equal(2048, JsonDocument.Parse(line).RootElement.GetProperty("target").GetString()!.Length);
    }

    [Fact]
    public void LineThatDoesNotFit_IsNone() => Assert.Equal(0, Entry(Request).Format(Served, Time, json: true, new byte[100]));

    [Fact]
    public void RequestId_IsTheClientsOwnOnlyFromTrustedNetworks()
    {
        const string request = "GET / HTTP/1.1\r\nHost: h\r\nX-Request-Id: theirs\r\n\r\n";
        Assert.Contains("\"requestId\":\"0123456789abcdef0123456789abcdef\"", Line(Entry(request), Served));
        Assert.Contains("\"requestId\":\"theirs\"", Line(Entry(request, trusted: "\nforwarded: {trustedCidrs: [203.0.113.0/24]}"), Served));
    }

    [Fact]
    public void Lines_AreWrittenWithoutAllocating()
    {
        using AccessLog log = Open(Path.Combine(_folder.Root, "log"));
        AccessEntry entry = Entry(Request, log.Worker(0));
        Allocations.AssertNone(100, _ => entry.Write(Served));
    }

    [Fact]
    public void LinesOfEveryWorker_ReachTheFileBehindWhatItHeld()
    {
        string path = _folder.Write("log", "before\n");
        using (AccessLog log = Open(path, workers: 2))
        {
            log.Start();
            Parallel.For(0, 2, worker =>
            {
                AccessEntry entry = Entry(Request, log.Worker(worker));
                for (int i = 0; i < 100; i++)
                {
                    entry.Write(Served with { BodyBytes = worker });
                }
            });
        }

        string[] lines = File.ReadAllLines(path);
        Assert.Equal("before", lines[0]);
        Assert.Equal([100, 100], lines.Skip(1).GroupBy(line => JsonDocument.Parse(line).RootElement.GetProperty("bodyBytes").GetInt32()).Select(group => group.Count()));
    }

    [Fact]
    public void FullRing_DropsAndCounts()
    {
        string path = Path.Combine(_folder.Root, "log");
        using (AccessLog log = Open(path, ringBytes: 2048))
        {
            AccessEntry entry = Entry(Request, log.Worker(0));
            for (int i = 0; i < 10; i++)
            {
                entry.Write(Served); // nobody writes yet
            }

            int kept = 2048 / Line(Entry(Request), Served).Length;
            Assert.Equal(10 - kept, log.Dropped);
            log.Start();
        }

        Assert.All(File.ReadAllLines(path), line => JsonDocument.Parse(line));
        Assert.NotEmpty(File.ReadAllLines(path));
    }

    [Fact]
    public void FullDisk_LosesLinesAndCountsThem()
    {
        AccessLog log = Open("/dev/full");
        AccessEntry entry = Entry(Request, log.Worker(0));
        entry.Write(Served);
        entry.Write(Served);
        log.Start();
        log.Dispose();
        Assert.Equal(2, log.Dropped);
    }

    [Fact]
    public void Reopen_GoesOnInANewFile()
    {
        string path = Path.Combine(_folder.Root, "log"), moved = path + ".1";
        using (AccessLog log = Open(path))
        {
            log.Start();
            File.Move(path, moved);
            log.Reopen();
            Entry(Request, log.Worker(0)).Write(Served);
        }

        Assert.Single(File.ReadAllLines(path));
        Assert.Empty(File.ReadAllText(moved));
    }

    [Fact]
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public void File_IsForItsOwnerAndGroup()
    {
        string path = Path.Combine(_folder.Root, "log");
        Open(path).Dispose();
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite | UnixFileMode.UserExecute));
    }

    [Fact]
    public void FileThatCannotBeWritten_IsAClearFault()
    {
        AccessLogException fault = Assert.Throws<AccessLogException>(() => Open(Path.Combine(_folder.Root, "no", "log")));
        Assert.Contains("/no/log: No such file or directory", fault.Message);
    }
}
