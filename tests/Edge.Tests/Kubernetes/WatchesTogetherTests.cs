// Watches of one API server: what becomes of one tells the others whether it is worth asking. Time is turned by hand.

using System.Net;
using System.Net.Http;
using OpenClaw.Edge.Kubernetes;
using static OpenClaw.Edge.Tests.Kubernetes.WatchScene;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class WatchesTogetherTests : IAsyncDisposable
{
    private readonly WatchScene _one = new();
    private readonly WatchScene _other;

    public WatchesTogetherTests() => _other = new WatchScene(first: _one, name: "other");

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task WatchThatStands_EndsThePausesOfTheOthers()
    {
        foreach (double pause in new[] { 0.4, 0.8, 1.6, 3.2 })
        {
            (await _one.NextAsync()).Fail(new HttpRequestException("refused"));
            await _one.FailsAsync(pause);
        }

        (await _one.NextAsync()).Fail(new HttpRequestException("refused"));
        await WaitsAsync(_one, 6.4);
        (await _other.NextAsync()).List("7");
        ScriptedCall watch = await _other.NextAsync();
        Assert.True(_one.Time.IsAwaited(TimeSpan.FromSeconds(6.4))); // a list alone ends nobody's
        watch.Open();
        await _one.BeginAsync();
        Assert.Equal(["a"], _one.News);
    }

    [Fact]
    public async Task WatchThatStandsMeanwhile_LeavesNoPauseAndOnlyOnce()
    {
        ScriptedCall list = await _one.NextAsync();
        await _other.BeginAsync();
        list.Fail(new HttpRequestException("it was on its way too long"));
        (await _one.NextAsync()).Answer(HttpStatusCode.Forbidden, "{}");
        await WaitsAsync(_one, 0.8);
    }

    [Fact]
    public async Task WatchesThatBreakAsSoonAsTheyStand_KeepTheirPauses()
    {
        (await _one.BeginAsync()).Break();
        await WaitsAsync(_one, 0.4);
        await OtherSpeaksAsync();
        Assert.False(_one.Api.HasCall);
        await _one.Time.PassAsync(TimeSpan.FromSeconds(0.4));
        await _one.NextAsync();
    }

    [Fact]
    public async Task WatchThatStoodForAWhile_HeedsTheOthersAgain()
    {
        ScriptedCall watch = await _one.BeginAsync();
        _one.Time.Advance(TimeSpan.FromSeconds(10));
        watch.Break();
        await WaitsAsync(_one, 0.4);
        await _other.BeginAsync();
        await _one.BeginAsync();
    }

    [Fact]
    public async Task PauseThatTheServerAskedFor_IsNotCutShort()
    {
        (await _one.NextAsync()).Answer(HttpStatusCode.TooManyRequests, "{}", retryAfter: 5);
        await WaitsAsync(_one, 5);
        await OtherSpeaksAsync();
        Assert.False(_one.Api.HasCall);
        await _one.Time.PassAsync(TimeSpan.FromSeconds(5));
        await _one.NextAsync();
    }

    [Fact]
    public async Task PauseBeyondWhatTheServerAskedFor_IsCutShort()
    {
        foreach (double pause in new[] { 0.4, 0.8, 1.6 })
        {
            (await _one.NextAsync()).Fail(new HttpRequestException("refused"));
            await _one.FailsAsync(pause);
        }

        (await _one.NextAsync()).Answer(HttpStatusCode.TooManyRequests, """{"message":"storage is (re)initializing"}""", retryAfter: 1);
        await WaitsAsync(_one, 1);
        await OtherSpeaksAsync();
        await _one.Time.PassAsync(TimeSpan.FromSeconds(1));
        await _one.BeginAsync();
        Assert.Equal(TimeSpan.FromSeconds(3.8), _one.Time.Now - TimeSpan.FromHours(1));
    }

    /// <summary>The other watch stands, and whoever that concerns has been told.</summary>
    private async Task OtherSpeaksAsync()
    {
        (await _other.BeginAsync()).Send("BOOKMARK", Bookmark("8"));
        await UntilAsync(() => _other.Status.Version == "8");
    }

    private static Task WaitsAsync(WatchScene scene, double seconds) => UntilAsync(() => scene.Time.IsAwaited(TimeSpan.FromSeconds(seconds)));
}
