// What is shown to an API server, and what its refusals mean. Time is turned by hand; files are real.

using System.Net;
using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tests.Policy;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class ApiServerTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly ScriptedApi _api = new();

    public void Dispose() => _folder.Dispose();

    private KubernetesSettings Settings(string url = "http://127.0.0.1:8001") =>
        new() { Api = new Uri(url), TokenFile = Path.Combine(_folder.Root, "token"), CaFile = Path.Combine(_folder.Root, "ca.crt") };

    private Task<(ApiBody? Body, ApiFault? Fault)> Get(string url = "http://127.0.0.1:8001") => _api.Connect(_time, Settings(url)).GetAsync("/api", CancellationToken.None);

    [Theory]
    [InlineData("https://10.0.0.1", "abc.def")]
    [InlineData("https://api.example.com:6443", "abc.def")]
    [InlineData("http://127.0.0.1:8001", "abc.def")]
    [InlineData("http://localhost:8001", "abc.def")]
    [InlineData("http://[::1]:8001", "abc.def")]
    [InlineData("http://10.0.0.1:8001", null)] // whoever listens on the way would have it
    [InlineData("http://api.example.com", null)]
    public async Task Token_IsShownOverTlsAndToThisMachine(string url, string? shown)
    {
        _folder.Write("token", "abc.def\n");
        Task<(ApiBody? Body, ApiFault? Fault)> got = Get(url);
        ScriptedCall call = await _api.NextAsync();
        Assert.Equal(shown, call.Token);
        call.Answer(HttpStatusCode.Unauthorized, """{"kind":"Status","code":401,"message":"Unauthorized"}""");
        ApiFault fault = (await got).Fault!;
        Assert.Equal((WatchFailure.Unauthorized, "the API server says 401: Unauthorized" + (shown is null ? "; a token is shown over https only, or to this machine" : "")), (fault.Cause, fault.Text));
    }

    [Theory]
    [InlineData("https://10.0.0.1", true)]
    [InlineData("http://127.0.0.1:8001", false)] // kubectl proxy shows its own
    public async Task RefusalWithoutAToken_SaysWhereNoneIs(string url, bool isSaid)
    {
        Task<(ApiBody? Body, ApiFault? Fault)> got = Get(url);
        (await _api.NextAsync()).Answer(HttpStatusCode.Forbidden, """{"code":403,"message":"no"}""");
        Assert.Equal(isSaid, (await got).Fault!.Text.EndsWith($"; no token was shown: there is no {Settings().TokenFile}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TokenThatWasReplaced_IsShownAtOnce()
    {
        _folder.Write("token", "old");
        Task<(ApiBody? Body, ApiFault? Fault)> got = Get();
        ScriptedCall first = await _api.NextAsync();
        _folder.Write("token", "new");
        first.Answer(HttpStatusCode.Unauthorized, "");
        ScriptedCall second = await _api.NextAsync();
        Assert.Equal(("old", "new"), (first.Token, second.Token));
        second.Answer(HttpStatusCode.OK, "{}");
        Assert.NotNull((await got).Body);
    }

    [Fact]
    public async Task EveryRequest_ShowsTheTokenOfThatMoment()
    {
        ApiServer server = _api.Connect(_time, Settings());
        foreach (string? token in new[] { null, "one", "two" })
        {
            if (token is not null)
            {
                _folder.Write("token", token);
            }

            Task<(ApiBody? Body, ApiFault? Fault)> got = server.GetAsync("/api", CancellationToken.None);
            ScriptedCall call = await _api.NextAsync();
            Assert.Equal(token, call.Token);
            call.Answer(HttpStatusCode.OK, "{}");
            (await got).Body!.Dispose();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("one\r\nX-Injected: 1")]
    [InlineData("grün")]
    public async Task TokenThatIsNone_IsNeverSent(string token)
    {
        string path = _folder.Write("token", token);
        (ApiBody? _, ApiFault? fault) = await Get();
        Assert.Equal((WatchFailure.Unauthorized, $"{path} holds no bearer token"), (fault!.Cause, fault.Text));
        Assert.False(_api.HasCall);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, """{"code":403,"message":"httproutes is forbidden"}""", "forbidden", "the API server says 403: httproutes is forbidden; compare name and namespace with those of its Role, which has to allow list and watch")]
    [InlineData(HttpStatusCode.NotFound, """{"code":404,"message":"the server could not find the requested resource"}""", "server", "the API server says 404: the server could not find the requested resource; are the definitions of this kind installed?")]
    [InlineData(HttpStatusCode.Gone, """{"code":410,"reason":"Gone"}""", "expired", "the API server says 410: Gone")]
    [InlineData(HttpStatusCode.Redirect, "", "server", "the API server says 302")]
    [InlineData(HttpStatusCode.InternalServerError, "\0\u001b[31m", "server", "the API server says 500")]
    [InlineData(HttpStatusCode.ServiceUnavailable, """{"message":7,"reason":{},"details":{"causes":7,"retryAfterSeconds":"x"}}""", "server", "the API server says 503")]
    public async Task Refusals_HaveACauseAndTheServersWords(HttpStatusCode status, string body, string cause, string text)
    {
        Task<(ApiBody? Body, ApiFault? Fault)> got = Get();
        (await _api.NextAsync()).Answer(status, body);
        ApiFault fault = (await got).Fault!;
        Assert.Equal((cause, text), (ApiFault.Labels[(int)fault.Cause], fault.Text));
    }

    [Theory]
    [InlineData(7, "", 7)]
    [InlineData(null, """{"details":{"retryAfterSeconds":3}}""", 3)]
    public async Task Throttling_SaysHowLong(int? header, string body, int expected)
    {
        Task<(ApiBody? Body, ApiFault? Fault)> got = Get();
        (await _api.NextAsync()).Answer(HttpStatusCode.TooManyRequests, body, header);
        ApiFault fault = (await got).Fault!;
        Assert.Equal((WatchFailure.Throttled, TimeSpan.FromSeconds(expected)), (fault.Cause, fault.RetryAfter));
    }

    [Fact]
    public async Task HeadThatDoesNotCome_IsGivenUpAfter15Seconds()
    {
        Task<(ApiBody? Body, ApiFault? Fault)> got = Get();
        await _api.NextAsync();
        await _time.PassAsync(ApiServer.Patience);
        Assert.Equal((WatchFailure.Silent, "no answer within 15 s"), ((await got).Fault!.Cause, (await got).Fault!.Text));
    }

    [Fact]
    public async Task BodyThatDoesNotEnd_IsGivenUp()
    {
        Task<(ApiBody? Body, ApiFault? Fault)> got = Get();
        ScriptedCall call = (await _api.NextAsync()).Open();
        using ApiBody body = (await got).Body!;
        ValueTask<ApiFault?> all = body.ReadAllAsync(TimeSpan.FromSeconds(30));
        call.Send("{");
        _time.Advance(TimeSpan.FromSeconds(29));
        call.Send(" ");
        await WatchScene.UntilAsync(() => _time.IsAwaited(TimeSpan.FromSeconds(1)));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(WatchFailure.Silent, (await all)!.Cause);
    }

    [Fact]
    public async Task EndlessList_IsBounded()
    {
        Task<(ApiBody? Body, ApiFault? Fault)> got = Get();
        ScriptedCall call = (await _api.NextAsync()).Open();
        using ApiBody body = (await got).Body!;
        call.Send(new byte[ApiBody.LineBytesMax + 1]);
        Assert.Equal("an answer of more than 4096 KiB", (await body.ReadAllAsync(TimeSpan.FromSeconds(30)))!.Text);
    }

    [Fact]
    public async Task Stop_EndsARequestUnderWay()
    {
        using CancellationTokenSource stop = new();
        Task<(ApiBody? Body, ApiFault? Fault)> got = _api.Connect(_time, Settings()).GetAsync("/api", stop.Token);
        await _api.NextAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => got);
    }
}
