// The side port over real sockets: its loop runs on its own thread, clients are plain sockets.

using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OpenClaw.Edge.Listen;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Tests.Policy;

namespace OpenClaw.Edge.Tests.Observe;

public sealed class SidePortTests : IDisposable
{
    private const string End = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    private readonly TestFolder _folder = new();
    private readonly LogLevelSwitch _levels = new();
    private readonly ControlFixture _edge;
    private readonly SidePort _port;

    public SidePortTests()
    {
        string token = Path.Combine(_folder.Root, "token");
        _edge = new ControlFixture(edge: TestFolder.Edge + $"\nadmin: {{tokenFile: {token}}}");
        _port = SidePort.Open(new IPEndPoint(IPAddress.Loopback, 0), new SidePages(_edge.Control, _levels, () => _edge.Now, NullLogger.Instance), TimeProvider.System);
        _port.Start();
    }

    public void Dispose()
    {
        _port.Dispose();
        _edge.Dispose();
        _folder.Dispose();
    }

    private Socket Connect()
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000 };
        socket.Connect(IPEndPoint.Parse(_port.Address));
        return socket;
    }

    /// <summary>Everything that comes until the port closes.</summary>
    private string Ask(params ReadOnlySpan<string> pieces)
    {
        using Socket socket = Connect();
        foreach (string piece in pieces)
        {
            socket.Send(Encoding.Latin1.GetBytes(piece));
        }

        return ReadToEnd(socket);
    }

    private static string ReadToEnd(Socket socket)
    {
        using NetworkStream stream = new(socket);
        using StreamReader reader = new(stream, Encoding.Latin1);
        return reader.ReadToEnd();
    }

    private static string Post(string target, string? token) =>
        $"POST {target} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n{(token is null ? "" : $"Authorization: Bearer {token}\r\n")}Connection: close\r\n\r\n";

    private static string Status(string answer) => answer.Split(' ')[1];

    [Fact]
    public void Metrics_AreServedInTextFormat()
    {
        string answer = Ask("GET /metrics" + End);
        Assert.StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: ", answer);
        string body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Assert.Contains($"Content-Length: {body.Length}\r\n", answer);
        Assert.Contains("openclaw_canary_weight{source=\"effective\"} 0.05\n", body);
    }

    [Fact]
    public void Head_GetsTheSameHeadWithoutTheBody()
    {
        string get = Ask("GET /livez" + End), head = Ask("HEAD /livez" + End);
        Assert.EndsWith("\r\n\r\nlive\n", get);
        Assert.EndsWith("\r\n\r\n", head);
        Assert.Contains("Content-Length: 5\r\n", head);
    }

    [Fact]
    public void OneConnection_CarriesManyRequests()
    {
        string answers = Ask("GET /livez HTTP/1.1\r\nHost: h\r\n\r\nGET /nowhere HTTP/1.1\r\nHo", "st: h\r\n\r\n", "GET /readyz" + End);
        Assert.Equal(["200", "404", "503"], answers.Split("HTTP/1.1 ").Skip(1).Select(answer => answer[..3]));
    }

    [Fact]
    public void Http10_IsClosedUnlessItAsksToPersist()
    {
        Assert.Contains("Connection: close\r\n", Ask("GET /livez HTTP/1.0\r\n\r\n"));
        string kept = Ask("GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /livez HTTP/1.0\r\n\r\n");
        Assert.Contains("Connection: keep-alive\r\n", kept);
        Assert.EndsWith("live\n", kept);
    }

    [Theory]
    [InlineData("GET /livez HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET /livez HTTP/1.1\nHost: h\n\n", "400")]
    [InlineData("GET  /livez HTTP/1.1\r\nHost: h\r\n\r\n", "400")]
    [InlineData("\u0016\u0003\u0001", "400")]
    [InlineData("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n", "405")]
    public void MalformedRequest_IsRefusedAndClosed(string request, string status)
    {
        string answer = Ask(request + "GET /livez" + End);
        Assert.Equal(status, Status(answer));
        Assert.DoesNotContain("live", answer);
    }

    [Fact]
    public void HeadBeyondTheLimit_Is431() => Assert.Equal("431", Status(Ask($"GET /livez HTTP/1.1\r\nHost: h\r\nA: {new string('a', 9000)}\r\n\r\n")));

    [Fact]
    public void BodyThatHasNotCome_EndsTheConnection()
    {
        string answer = Ask("POST /livez HTTP/1.1\r\nHost: h\r\nContent-Length: 3000\r\n\r\nGET /livez" + End);
        Assert.Equal("405", Status(answer));
        Assert.Contains("Connection: close\r\n", answer);
        Assert.DoesNotContain("live\n", answer);
    }

    [Fact]
    public void UnknownPath_ListsWhatThereIs()
    {
        string answer = Ask("GET /?a=b" + End);
        Assert.Equal("404", Status(answer));
        Assert.Contains("GET /metrics\nGET /livez\nGET /readyz\nGET /status\nGET /policy\n", answer);
    }

    [Fact]
    public void Query_DoesNotHideThePage() => Assert.Equal("200", Status(Ask("GET /livez?verbose" + End)));

    [Fact]
    public void WritingToAPage_Is405WithItsMethods()
    {
        string answer = Ask(Post("/metrics", null));
        Assert.Equal("405", Status(answer));
        Assert.Contains("\r\nAllow: GET, HEAD\r\n", answer);
    }

    [Theory]
    [InlineData(Phase.Starting, "503", "starting")]
    [InlineData(Phase.Serving, "200", "ready")]
    [InlineData(Phase.Draining, "503", "draining")]
    internal void Readiness_FollowsThePhase(Phase phase, string status, string word)
    {
        _edge.Control.Phase = phase;
        string answer = Ask("GET /readyz" + End);
        Assert.Equal(status, Status(answer));
        Assert.EndsWith($"\r\n\r\n{word}\n", answer);
        Assert.Equal("200", Status(Ask("GET /livez" + End)));
    }

    [Fact]
    public void ChangingCalls_AskForTheTokenOfTheMoment()
    {
        Assert.Equal("404", Status(Ask(Post("/drain", "sesame")))); // the file is not there: no such call
        _folder.Write("token", "sesame\n");
        Assert.Equal("401", Status(Ask(Post("/drain", null))));
        Assert.Equal("401", Status(Ask(Post("/drain", "sesam"))));
        Assert.Equal("401", Status(Ask(Post("/drain", "sesame2"))));
        Assert.Contains("WWW-Authenticate: Bearer\r\n", Ask(Post("/drain", "")));
        _folder.Write("token", "changed");
        Assert.Equal("401", Status(Ask(Post("/drain", "sesame"))));
        Assert.Equal(Phase.Starting, _edge.Control.Phase);

        Assert.Equal("405", Status(Ask("GET /drain HTTP/1.1\r\nHost: h\r\nAuthorization: bearer changed\r\nConnection: close\r\n\r\n")));
        Assert.Equal("202", Status(Ask(Post("/drain", "changed"))));
        Assert.Equal("503", Status(Ask("GET /readyz" + End)));
    }

    [Fact]
    public void ResetAndAbort_SayWhatTheyDid()
    {
        File.WriteAllText(Path.Combine(_folder.Root, "token"), "sesame");
        string Call(string target) => Ask(Post(target, "sesame"));

        Assert.Equal("401", Status(Ask(Post("/abort", null))));
        Assert.EndsWith("\r\nnothing was tripped\n", Call("/guard/reset"));
        Assert.EndsWith("\r\nv2 was not tripped\n", Call("/guard/reset?version=v2"));
        Assert.EndsWith("\r\nout: v2; until another version or release takes its place, or POST /guard/reset\n", Call("/abort"));
        Assert.True(_edge.Control.Plan.Canaries[0].Latch.IsTripped);
        Assert.EndsWith("\r\nv2 was out already\n", Call("/abort?version=v2"));
        Assert.EndsWith("\r\nreset: v2; tests and rating begin anew\n", Call("/guard/reset?version=v2"));
        Assert.False(_edge.Control.Plan.Canaries[0].Latch.IsTripped);

        string unknown = Call("/abort?version=v1");
        Assert.Equal("404", Status(unknown));
        Assert.EndsWith("\r\nno such canary; there are: v2\n", unknown);
        Assert.Equal("404", Status(Call("/guard/reset?version=")));
        Assert.Equal("400", Status(Call("/guard/reset?canary=v2")));
        Assert.False(_edge.Control.Plan.Canaries[0].Latch.IsTripped);
    }

    [Fact]
    public void EmptyTokenFile_OpensNothing()
    {
        _folder.Write("token", "\n");
        Assert.Equal("404", Status(Ask(Post("/drain", ""))));
    }

    [Fact]
    public void NoTokenFile_HidesChangingCalls()
    {
        _edge.Reload(TestFolder.Edge, TestFolder.Policy);
        string answer = Ask(Post("/log-level", "sesame"));
        Assert.Equal("404", Status(answer));
        Assert.DoesNotContain("log-level", answer);
    }

    [Fact]
    public void LogLevel_IsSetByName()
    {
        _folder.Write("token", "t");
        Assert.Equal("400", Status(Ask(Post("/log-level?level=loud", "t"))));
        Assert.Equal("400", Status(Ask(Post("/log-level?level=1", "t"))));
        Assert.Equal("400", Status(Ask(Post("/log-level?level=", "t"))));
        Assert.True(_levels.Allows(LogLevel.Information));
        Assert.Equal("200", Status(Ask(Post("/log-level?level=warning", "t"))));
        Assert.False(_levels.Allows(LogLevel.Information));
        Assert.True(_levels.Allows(LogLevel.Warning));
    }

    [Fact]
    public void ConnectionsBeyondTheBound_TakeThePlaceOfTheOldestIdle()
    {
        List<Socket> idle = [];
        for (int i = 0; i < SidePort.ConnectionsMax; i++)
        {
            Socket socket = Connect();
            socket.Send("GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"u8);
            Assert.True(socket.Receive(new byte[1024]) > 0);
            idle.Add(socket);
        }

        Assert.Equal("200", Status(Ask("GET /livez" + End)));
        Assert.Equal("", ReadToEnd(idle[0]));
        idle[1].Send("GET /livez"u8);
        idle[1].Send(Encoding.ASCII.GetBytes(End));
        Assert.Equal("200", Status(ReadToEnd(idle[1])));
        idle.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public void PortThatIsTaken_IsAClearFault()
    {
        StartException fault = Assert.Throws<StartException>(() => SidePort.Open(IPEndPoint.Parse(_port.Address), null!, TimeProvider.System));
        Assert.Contains(_port.Address, fault.Message);
    }
}
