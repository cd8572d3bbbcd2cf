// Every message of the codec's corpus that must be refused, as raw bytes through a real socket, each with a valid request
// behind it: one answer, a close, and nothing behind it is ever taken for a request.

using System.Text;
using OpenClaw.Protocol.Tests;

namespace OpenClaw.EndToEnd.Tests;

public sealed class DesyncTests(DesyncTests.Stage stage) : IClassFixture<DesyncTests.Stage>
{
    private const string Smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

    public static TheoryData<string, string> Refused() => Titles(c => c.File.StartsWith("request", StringComparison.Ordinal) && Status(c) == "invalid");

    public static TheoryData<string, string> CutOff() => Titles(c => c.File.StartsWith("request", StringComparison.Ordinal) && Status(c) == "incomplete");

    public static TheoryData<string, string> BrokenChunks() => Titles(c => c.File == "chunked" && Status(c) == "invalid");

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task BrokenHead_IsRefusedOnceAndNothingBehindItIsServed(string file, string title)
    {
        CorpusCase message = CorpusCase.Find(file, title);
        string? code = message.Verdict.FirstOrDefault(v => v.Key == "code").Value;
        await using Wire client = await stage.ConnectAsync();
        await client.SendAsync((byte[])[.. message.Message, .. Encoding.ASCII.GetBytes(Smuggled)]);
        await AssertOneRefusalAsync(client, code);
        AssertNothingArrived();
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task BrokenHeadInSingleBytes_IsRefusedOnceAndNothingBehindItIsServed(string file, string title)
    {
        CorpusCase message = CorpusCase.Find(file, title);
        if (message.Message.Length > 400)
        {
            return; // its point is its size, not its cuts
        }

        await using Wire client = await stage.ConnectAsync();
        foreach (byte b in (byte[])[.. message.Message, .. Encoding.ASCII.GetBytes(Smuggled)])
        {
            await client.SendAsync((byte[])[b]); // the edge reads on after its answer, so that no reset eats it
        }

        await AssertOneRefusalAsync(client, message.Verdict.FirstOrDefault(v => v.Key == "code").Value);
        AssertNothingArrived();
    }

    [Theory]
    [MemberData(nameof(CutOff))]
    public async Task HeadThatNeverEnds_ReachesNoUpstream(string file, string title)
    {
        await using Wire client = await stage.ConnectAsync();
        await client.SendAsync(CorpusCase.Find(file, title).Message);
        client.EndSending();
        await client.ReadToEndAsync();
        AssertNothingArrived();
    }

    [Theory]
    [MemberData(nameof(BrokenChunks))]
    public async Task BrokenChunk_EndsTheRequestIncompleteAndNothingBehindItIsServed(string file, string title)
    {
        await using Wire client = await stage.ConnectAsync();
        await client.SendAsync((byte[])
        [
            .. Encoding.ASCII.GetBytes("POST /chunks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"),
            .. CorpusCase.Find(file, title).Message, .. Encoding.ASCII.GetBytes(Smuggled),
        ]);
        await AssertOneRefusalAsync(client, "400");
        AssertNothingArrived();
    }

    /// <summary>Whatever the upstream has seen, in this test or before, is the unfinished beginning of a broken body.</summary>
    private void AssertNothingArrived() =>
        Assert.DoesNotContain(stage.Upstream.Requests, request => request.IsComplete || request.Target != "/chunks");

    private static async Task AssertOneRefusalAsync(Wire client, string? code)
    {
        RawMessage answer = await client.ReadResponseAsync();
        Assert.Equal("close", answer["Connection"]);
        if (code is not null)
        {
            Assert.Equal(code, $"{answer.Status}");
        }

        Assert.True(answer.Status is >= 400 and < 500 or 505, answer.ToString());
        Assert.Empty(await client.ReadToEndAsync());
        Assert.False(client.WasReset);
    }

    private static string Status(CorpusCase message) => message.Verdict.First(v => v.Key == "status").Value;

    private static TheoryData<string, string> Titles(Func<CorpusCase, bool> wanted)
    {
        TheoryData<string, string> titles = [];
        foreach (CorpusCase message in CorpusCase.All.Where(wanted))
        {
            titles.Add(message.File, message.Title);
        }

        return titles;
    }

    public sealed class Stage : IAsyncLifetime
    {
        private Scene _scene = null!;

        public RawUpstream Upstream => _scene.Upstream;

        public async ValueTask InitializeAsync() => _scene = await Scene.StartAsync(Scene.Ok);

        public ValueTask DisposeAsync() => _scene.DisposeAsync();

        public Task<Wire> ConnectAsync() => Wire.ConnectAsync(_scene.Edge.Port);
    }
}
