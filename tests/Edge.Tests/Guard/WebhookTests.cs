// The webhook's client against a scripted server; pauses between attempts are noted, not waited for.

using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using OpenClaw.Edge.Policy;
using OpenClaw.TestKit;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class WebhookTests
{
    private static readonly byte[] Document = "{\"event\":\"tripped\"}"u8.ToArray();

    private readonly ConcurrentQueue<TimeSpan> _pauses = new();
    private readonly WebhookSender _sender;

    static WebhookTests() => HttpClient.DefaultProxy = new WebProxy(); // none, whatever a developer has set

    public WebhookTests() => _sender = new WebhookSender(NullLogger.Instance, pause =>
    {
        _pauses.Enqueue(pause);
        return Task.CompletedTask;
    });

    private Task EndAsync(int documents) => Deadline.UntilAsync(
        () => _sender.Count(WebhookResult.Sent) + _sender.Count(WebhookResult.Failed) >= documents, "the documents to be sent or given up");

    private static WebhookSettings To(RawUpstream server, string path = "/hook?key=1", int seconds = 10) => new(new Uri(server.Url + path), TimeSpan.FromSeconds(seconds));

    [Fact]
    public async Task Document_ArrivesAsOneRequest()
    {
        await using RawUpstream server = RawUpstream.Answering("HTTP/1.1 204 No Content\r\n\r\n");
        _sender.Post(To(server), Document);
        await EndAsync(1);

        RawMessage request = Assert.Single(server.Requests);
        Assert.Equal("POST /hook?key=1 HTTP/1.1", request.StartLine);
        Assert.Equal((server.Url["http://".Length..], "application/json", "close"), (request["Host"], request["Content-Type"], request["Connection"]));
        Assert.Equal("tripped", JsonDocument.Parse(request.Text).RootElement.GetProperty("event").GetString());
        Assert.Equal((1, 0, 0), (_sender.Count(WebhookResult.Sent), _sender.Count(WebhookResult.Failed), _pauses.Count));
    }

    [Fact]
    public async Task FailuresAndThenAnAnswer_AreOneThatWasSent()
    {
        int asked = 0;
        await using RawUpstream server = RawUpstream.Answering(_ => Interlocked.Increment(ref asked) < 3 ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n" : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        _sender.Post(To(server), Document);
        await EndAsync(1);

        Assert.Equal((3, 1), (asked, _sender.Count(WebhookResult.Sent)));
        TimeSpan[] pauses = [.. _pauses];
        Assert.Equal(2, pauses.Length);
        Assert.InRange(pauses[0].TotalSeconds, 0.5, 1.5);
        Assert.InRange(pauses[1].TotalSeconds, 2, 6);
    }

    [Theory]
    [InlineData("HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")] // a redirected POST is no POST any more
    [InlineData("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("220 mail.example.com ESMTP\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("")]
    public async Task OtherAnswers_AreGivenUpAfterThreeAttempts(string answer)
    {
        await using RawUpstream server = RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(answer);
        });
        _sender.Post(To(server), Document);
        await EndAsync(1);

        Assert.Equal((3, 1, 0), (server.Connections, _sender.Count(WebhookResult.Failed), _sender.Count(WebhookResult.Sent)));
    }

    [Fact]
    public async Task InterimAnswers_AreNotTheFinalOne()
    {
        await using RawUpstream server = RawUpstream.Answering("HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
        _sender.Post(To(server), Document);
        await EndAsync(1);
        Assert.Equal(1, _sender.Count(WebhookResult.Sent));
    }

    [Fact]
    public async Task NobodyThere_FailsAndTheNextIsSent()
    {
        RawUpstream gone = RawUpstream.Answering("");
        await gone.DisposeAsync();
        await using RawUpstream server = RawUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        _sender.Post(To(gone), Document);
        _sender.Post(new WebhookSettings(new Uri("http://nowhere.invalid/"), TimeSpan.FromSeconds(10)), Document);
        _sender.Post(To(server), Document);
        await EndAsync(3);
        Assert.Equal((1, 2), (_sender.Count(WebhookResult.Sent), _sender.Count(WebhookResult.Failed)));
    }

    /// <summary>Whatever is wrong with one, such as a scheme that nobody speaks, those behind it are sent.</summary>
    [Fact]
    public async Task ExceptionOfAnotherKind_DoesNotEndTheSending()
    {
        await using RawUpstream server = RawUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        _sender.Post(new WebhookSettings(new Uri("gopher://127.0.0.1/"), TimeSpan.FromSeconds(10)), Document);
        _sender.Post(To(server), Document);
        await EndAsync(2);
        Assert.Equal((1, 1), (_sender.Count(WebhookResult.Sent), _sender.Count(WebhookResult.Failed)));
    }

    [Fact]
    public async Task SilentServer_HoldsUpNobodyAndTheQueueIsBounded()
    {
        TaskCompletionSource answer = new();
        await using RawUpstream server = RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            await answer.Task;
            await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        _sender.Post(To(server), Document);
        await Deadline.UntilAsync(() => server.Requests.Count == 1, "the first to arrive");
        for (int i = 0; i < WebhookSender.WaitingMax + 5; i++)
        {
            _sender.Post(To(server), Document);
        }

        Assert.Equal(5, _sender.Count(WebhookResult.Dropped));
        answer.SetResult();
        await EndAsync(1 + WebhookSender.WaitingMax);
        Assert.Equal(1 + WebhookSender.WaitingMax, _sender.Count(WebhookResult.Sent));
    }

    [Fact]
    public async Task Timeout_IsForTheWholeAttempt()
    {
        await using RawUpstream server = RawUpstream.Start(async wire =>
        {
            while (await wire.ReadRequestAsync() is { IsComplete: true })
            {
            }
        });
        _sender.Post(new WebhookSettings(new Uri(server.Url), TimeSpan.FromMilliseconds(100)), Document);
        await EndAsync(1);
        Assert.Equal((3, 1), (server.Connections, _sender.Count(WebhookResult.Failed)));
    }

    /// <summary>A certificate that no system trusts: the handshake begins, and nothing is sent.</summary>
    [Fact]
    public async Task UntrustedServer_IsNotTold()
    {
        using TestFolder folder = new();
        TestCertificate files = TestCertificate.Create(folder, "hook", "localhost");
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(files.CertFile, files.KeyFile);
        ConcurrentQueue<string?> names = new();
        ConcurrentQueue<int> read = new();
        await using RawUpstream server = RawUpstream.Start(async wire =>
        {
            await using SslStream tls = new(wire.Stream);
            await tls.AuthenticateAsServerAsync((_, hello, _, _) =>
            {
                names.Enqueue(hello.ServerName);
                return ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificate = certificate });
            }, null);
            read.Enqueue(await tls.ReadAsync(new byte[1]));
        });
        _sender.Post(new WebhookSettings(new Uri($"https://localhost:{server.Port}/"), TimeSpan.FromSeconds(10)), Document);
        await EndAsync(1);

        Assert.Equal((3, 1), (server.Connections, _sender.Count(WebhookResult.Failed)));
        Assert.Equal(["localhost", "localhost", "localhost"], names);
        Assert.DoesNotContain(read, bytes => bytes > 0);
    }
}
