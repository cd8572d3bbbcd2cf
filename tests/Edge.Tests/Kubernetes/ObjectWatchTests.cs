// The way of a watch: list, watch, news, and what it does when the server does otherwise. Time is turned by hand.

using System.Net;
using OpenClaw.Edge.Kubernetes;
using static OpenClaw.Edge.Tests.Kubernetes.WatchScene;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class ObjectWatchTests
{
    private const string Collection = "/api/v1/namespaces/openclaw/configmaps?fieldSelector=metadata.name%3Dpolicy";

    [Fact]
    public async Task Beginning_IsAListAndAWatchFromThere()
    {
        await using WatchScene scene = new();
        ScriptedCall list = await scene.Api.NextAsync();
        Assert.Equal(Collection + "&resourceVersion=0", list.Target);
        Assert.Equal(("application/json", "openclaw-edge/test", null), (list.Header("Accept"), list.Header("User-Agent"), list.Token));
        scene.Time.Advance(TimeSpan.FromSeconds(3));
        list.List("7", Item("5", "a"));
        ScriptedCall watch = await scene.Api.NextAsync();
        Assert.Equal(Collection + "&watch=true&allowWatchBookmarks=true&timeoutSeconds=450&resourceVersion=7", watch.Target);
        Assert.Equal(["a"], scene.News);
        Assert.Equal((scene.Time.GetTimestamp(), "7", true, false), (scene.LastCameAt, scene.Status.Version, scene.Status.IsAccepted, scene.Status.IsConnected));
        watch.Open();
        await UntilAsync(() => scene.Status.IsConnected);
        Assert.Null(Assert.Single(scene.Links));
    }

    [Fact]
    public async Task Events_AreNewsAtTheTimeTheyCame()
    {
        await using WatchScene scene = new();
        ScriptedCall watch = await scene.BeginAsync();
        scene.Time.Advance(TimeSpan.FromSeconds(10));
        watch.Send("MODIFIED", Item("8", "b"));
        await scene.HasHeardAsync(2);
        Assert.Equal(scene.Time.GetTimestamp(), scene.LastCameAt);
        watch.Send("DELETED", Item("9", "b"));
        watch.Send("ADDED", Item("opaque/10 ü", "c"));
        await scene.HasHeardAsync(4);
        await UntilAsync(() => scene.Status.Version == "opaque/10 ü");
        Assert.Equal(["a", "b", null, "c"], scene.News);
        Assert.Equal([1, 1, 1, 0, 0], WatchEvent.Labels.Select((_, type) => scene.Status.Counts.Events(type)));

        watch.End();
        Assert.EndsWith("&resourceVersion=opaque%2F10%20%C3%BC", (await scene.Api.NextAsync()).Target);
    }

    [Fact]
    public async Task EndInGoodOrder_GoesOnFromTheLastVersion()
    {
        await using WatchScene scene = new();
        ScriptedCall watch = await scene.BeginAsync();
        watch.Send("BOOKMARK", Bookmark("12"));
        await UntilAsync(() => scene.Status.Version == "12");
        watch.End();
        ScriptedCall next = (await scene.Api.NextAsync()).Open();
        Assert.EndsWith("&resourceVersion=12", next.Target);
        await UntilAsync(() => scene.Links.Count == 2);
        scene.Time.Advance(TimeSpan.FromSeconds(1)); // silent, but long enough
        next.End();
        Assert.EndsWith("&resourceVersion=12", (await scene.Api.NextAsync()).Target);
        Assert.True(scene.Status.IsConnected);
        Assert.All(scene.Links, Assert.Null);
        Assert.Equal(["a"], scene.News);
    }

    [Fact]
    public async Task WatchThatEndsAtOnceWithoutAWord_IsAFailure()
    {
        await using WatchScene scene = new();
        (await scene.BeginAsync()).End();
        ApiFault fault = await scene.FailsAsync();
        Assert.Equal((WatchFailure.Server, false), (fault.Cause, scene.Status.IsConnected));
        Assert.Equal(Collection, (await scene.Api.NextAsync()).Target); // none may lead back behind what was heard
    }

    [Fact]
    public async Task WatchesThatEndAtOnceWithAWord_AreNotAskedForWithoutEnd()
    {
        await using WatchScene scene = new();
        ScriptedCall watch = await scene.BeginAsync();
        for (int i = 0; !scene.Time.IsAwaited(TimeSpan.FromSeconds(1)); i++)
        {
            Assert.InRange(i, 0, 40);
            watch.Send("BOOKMARK", Bookmark($"{100 + i}"));
            watch.End();
            await UntilAsync(() => scene.Api.HasCall || scene.Time.IsAwaited(TimeSpan.FromSeconds(1)));
            watch = scene.Api.HasCall ? (await scene.Api.NextAsync()).Open() : watch;
        }

        await scene.Time.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(Collection, (await scene.Api.NextAsync()).Target);
    }

    /// <summary>A few that are dear to read count like many.</summary>
    [Fact]
    public async Task EventsThatTakeLong_AreLeftForWhatThereIsASecondLater()
    {
        await using WatchScene scene = new();
        ScriptedCall watch = await scene.BeginAsync();
        scene.Reading = TimeSpan.FromMilliseconds(60);
        watch.Send(string.Concat(Enumerable.Range(0, 50).Select(i => $$"""{"type":"MODIFIED","object":{{Item($"{100 + i}", $"{i}")}}}""" + "\n")));
        await scene.Time.PassAsync(TimeSpan.FromSeconds(1));
        Assert.InRange(scene.News.Count, 2, 8);
        (await scene.Api.NextAsync(Collection)).List("6000", Item("149", "last"));
        Assert.EndsWith("&resourceVersion=6000", (await scene.Api.NextAsync()).Target);
    }

    [Fact]
    public async Task EventsWithoutEnd_AreLeftForWhatThereIsASecondLater()
    {
        await using WatchScene scene = new();
        ScriptedCall watch = await scene.BeginAsync();
        watch.Send(string.Concat(Enumerable.Range(0, 5000).Select(i => $$"""{"type":"MODIFIED","object":{{Item($"{100 + i}", $"{i}")}}}""" + "\n")));
        await scene.Time.PassAsync(TimeSpan.FromSeconds(1));
        Assert.InRange(scene.News.Count, 2, 520);
        (await scene.Api.NextAsync(Collection)).List("6000", Item("5099", "last"));
        Assert.EndsWith("&resourceVersion=6000", (await scene.Api.NextAsync()).Target);
        Assert.Equal("last", scene.News[^1]);
        Assert.All(scene.Links, Assert.Null);
    }

    [Theory]
    [InlineData(HttpStatusCode.Gone, """{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version: 7 (9)"}""")]
    [InlineData(HttpStatusCode.GatewayTimeout, """{"kind":"Status","code":504,"reason":"Timeout","message":"late","details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large"}]}}""")]
    [InlineData(HttpStatusCode.GatewayTimeout, """{"kind":"Status","code":504,"reason":"Timeout","message":"Timeout: Too large resource version: 9, current: 7"}""")]
    public async Task VersionThatTheServerDoesNotHave_IsListedAnewAtOnce(HttpStatusCode status, string body)
    {
        await using WatchScene scene = new();
        (await scene.Api.NextAsync()).List("7", Item("5", "a"));
        (await scene.Api.NextAsync()).Answer(status, body);
        ScriptedCall list = await scene.Api.NextAsync();
        Assert.Equal(Collection, list.Target);
        list.List("9", Item("8", "b"));
        Assert.EndsWith("&resourceVersion=9", (await scene.Api.NextAsync()).Target);
        Assert.Equal(["a", "b"], scene.News);
        Assert.Equal(1, scene.Status.Counts.Failures((int)WatchFailure.Expired));
    }

    [Fact]
    public async Task ExpiryInTheStream_IsListedAnewAndTheSecondTimeWithAPause()
    {
        const string Gone = """{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old resource version","reason":"Expired","code":410}""";
        await using WatchScene scene = new();
        (await scene.BeginAsync()).Send("ERROR", Gone);
        (await scene.Api.NextAsync()).List("9");
        (await scene.Api.NextAsync()).Open().Send("ERROR", Gone);
        Assert.Equal(WatchFailure.Expired, (await scene.FailsAsync(0.8)).Cause);
        Assert.Equal(Collection, (await scene.Api.NextAsync()).Target);
        Assert.Equal(["a", null], scene.News);
        Assert.Equal(2, scene.Status.Counts.Events((int)WatchEventType.Error));
    }

    [Fact]
    public async Task ErrorOfAnotherKind_IsToldInTheServersWords()
    {
        await using WatchScene scene = new();
        (await scene.BeginAsync()).Send("ERROR", """{"kind":"Status","code":500,"reason":"InternalError","message":"etcd is\r\nunwell"}""");
        ApiFault fault = await scene.FailsAsync();
        Assert.Equal((WatchFailure.Server, "the API server says 500: etcd is??unwell"), (fault.Cause, fault.Text));
        Assert.Equal(fault.Text, scene.Status.Problem);
    }

    [Fact]
    public async Task Silence_IsFoundAfter150Seconds()
    {
        await using WatchScene scene = new();
        ScriptedCall watch = await scene.BeginAsync();
        await UntilAsync(() => scene.Time.IsAwaited(TimeSpan.FromSeconds(150)));
        scene.Time.Advance(TimeSpan.FromSeconds(149));
        watch.Send("BOOKMARK", Bookmark("8"));
        await scene.Time.PassAsync(TimeSpan.FromSeconds(150));
        ApiFault fault = await scene.FailsAsync();
        Assert.Equal((WatchFailure.Silent, "nothing has come for 150 s"), (fault.Cause, fault.Text));
    }

    [Fact]
    public async Task WatchThatTheServerDoesNotEnd_IsEndedFromHere()
    {
        await using WatchScene scene = new();
        ScriptedCall watch = await scene.BeginAsync();
        for (int minute = 1; minute <= 7; minute++) // 450 s were asked for, and 30 s are granted
        {
            await UntilAsync(() => scene.Time.IsAwaited(TimeSpan.FromSeconds(Math.Min(150, 480 - 60 * (minute - 1)))));
            scene.Time.Advance(TimeSpan.FromMinutes(1));
            watch.Send("BOOKMARK", Bookmark($"{100 + minute}"));
            await UntilAsync(() => scene.Status.Version == $"{100 + minute}");
        }

        await scene.Time.PassAsync(TimeSpan.FromMinutes(1));
        Assert.EndsWith("&resourceVersion=107", (await scene.Api.NextAsync()).Target);
        Assert.All(scene.Links, Assert.Null);
    }

    [Fact]
    public async Task ConnectionThatBreaks_IsListedAnew()
    {
        await using WatchScene scene = new();
        ScriptedCall watch = await scene.BeginAsync();
        watch.Send("""{"type":"MODIFIED","object":{"metadata":{"na""");
        watch.Break();
        ApiFault fault = await scene.FailsAsync();
        Assert.Equal((WatchFailure.Unreachable, "the connection was reset"), (fault.Cause, fault.Text));
        (await scene.Api.NextAsync()).Fail(new HttpRequestException("outer", new IOException("Connection refused")));
        Assert.Equal("Connection refused", (await scene.FailsAsync(0.8)).Text);
        (await scene.Api.NextAsync()).List("9", Item("8", "b"));
        await scene.HasHeardAsync(2);
        Assert.Equal(["a", "b"], scene.News);
        Assert.Equal(2, scene.Status.Counts.Failures((int)WatchFailure.Unreachable));
    }

    [Fact]
    public async Task EndInTheMiddleOfAnEvent_IsABrokenConnection()
    {
        await using WatchScene scene = new();
        ScriptedCall watch = await scene.BeginAsync();
        watch.Send("""{"type":"MODIFIED","obj""");
        watch.End();
        Assert.Equal(WatchFailure.Unreachable, (await scene.FailsAsync()).Cause);
    }

    [Fact]
    public async Task UnknownEventsAndMembers_ArePassedOver()
    {
        await using WatchScene scene = new();
        ScriptedCall watch = await scene.BeginAsync();
        watch.Send("SURPRISE", "{}");
        watch.Send($$"""{"new":[{"type":"ERROR"}],"object":{{Item("8", "b")}},"more":{"object":1},"type":"MODIFIED"}""" + "\r\n");
        await scene.HasHeardAsync(2);
        Assert.Equal(["a", "b"], scene.News);
        Assert.Equal([0, 1, 0, 0, 0], WatchEvent.Labels.Select((_, type) => scene.Status.Counts.Events(type)));
    }

    [Theory]
    [InlineData("{\"type\":\"MODIFIED\"}\n")]
    [InlineData("{\"type\":7,\"object\":{}}\n")]
    [InlineData("{\"object\":{}}\n")]
    [InlineData("[]\n")]
    [InlineData("\n")]
    [InlineData("<html>\n")]
    [InlineData("{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"policy\",\"namespace\":\"openclaw\"}}}\n")] // no version
    [InlineData("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{}}}\n")]
    [InlineData("{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"policy\",\"namespace\":\"other\",\"resourceVersion\":\"8\"}}}\n")]
    [InlineData("{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"other\",\"namespace\":\"openclaw\",\"resourceVersion\":\"8\"}}}\n")]
    public async Task EventThatIsNone_IsNotTakenForNews(string line)
    {
        await using WatchScene scene = new();
        (await scene.BeginAsync()).Send(line);
        Assert.Equal(WatchFailure.Malformed, (await scene.FailsAsync()).Cause);
        Assert.Equal(["a"], scene.News);
        Assert.Equal(Collection, (await scene.Api.NextAsync()).Target);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"metadata\":{\"resourceVersion\":\"7\"}}")] // no list, so that nobody may read from it that there is no object
    [InlineData("{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":{}}")]
    [InlineData("{\"metadata\":{},\"items\":[]}")]
    [InlineData("{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[")]
    [InlineData("{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[{\"metadata\":{\"name\":\"other\",\"namespace\":\"openclaw\",\"resourceVersion\":\"5\"}}]}")]
    [InlineData("{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[{},{}]}")]
    public async Task ListThatIsNone_IsNotTakenForNews(string body)
    {
        await using WatchScene scene = new();
        (await scene.Api.NextAsync()).Answer(HttpStatusCode.OK, body);
        Assert.Equal(WatchFailure.Malformed, (await scene.FailsAsync()).Cause);
        Assert.Empty(scene.News);
        Assert.EndsWith("&resourceVersion=0", (await scene.Api.NextAsync()).Target);
    }

    [Fact]
    public async Task EmptyList_SaysThatTheObjectIsAbsent()
    {
        await using WatchScene scene = new() { Refusal = "does not exist" };
        (await scene.Api.NextAsync()).Answer(HttpStatusCode.OK, """{"metadata":{"resourceVersion":"7"},"items":null}""");
        await scene.Api.NextAsync();
        Assert.Null(Assert.Single(scene.News));
        Assert.Equal((false, "does not exist", 0), (scene.Status.IsAccepted, scene.Status.Problem, scene.Status.Counts.Refused));
    }

    [Fact]
    public async Task RefusedObject_IsCountedAndTheNextOneIsHeard()
    {
        await using WatchScene scene = new();
        ScriptedCall watch = await scene.BeginAsync();
        scene.Refusal = "has no rules";
        watch.Send("MODIFIED", Item("8", "b"));
        await UntilAsync(() => scene.Status.Version == "8");
        Assert.Equal((false, "has no rules", 1), (scene.Status.IsAccepted, scene.Status.Problem, scene.Status.Counts.Refused));
        scene.Refusal = null;
        watch.Send("MODIFIED", Item("9", "c"));
        await UntilAsync(() => scene.Status.Version == "9");
        Assert.Equal((true, null, true), (scene.Status.IsAccepted, scene.Status.Problem, scene.Status.IsConnected));
    }

    [Fact]
    public async Task LineWithoutEnd_IsBounded()
    {
        await using WatchScene scene = new();
        ScriptedCall watch = await scene.BeginAsync();
        watch.Send("MODIFIED", Item("8", new string('b', 4_000_000)));
        await scene.HasHeardAsync(2);
        Assert.Equal(4_000_000, scene.News[1]!.Length);
        watch.Send(new byte[ApiBody.LineBytesMax + 1]);
        ApiFault fault = await scene.FailsAsync();
        Assert.Equal((WatchFailure.Malformed, "an event of more than 4 MiB"), (fault.Cause, fault.Text));
    }

    [Fact]
    public async Task BytesOneByOne_AreTheSameNews()
    {
        await using WatchScene scene = new();
        ScriptedCall watch = await scene.BeginAsync();
        foreach (byte one in System.Text.Encoding.UTF8.GetBytes($$"""{"type":"MODIFIED","object":{{Item("8", "grün 🦀")}}}""" + "\n"))
        {
            watch.Send([one]);
        }

        await scene.HasHeardAsync(2);
        Assert.Equal("grün 🦀", scene.News[1]);
    }

    [Fact]
    public async Task Failures_ArePausedLongerAndLongerUntilTwoMinutesAreQuiet()
    {
        await using WatchScene scene = new();
        foreach (double pause in new[] { 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 15, 15 })
        {
            (await scene.Api.NextAsync()).Answer(HttpStatusCode.BadGateway, "<html>");
            ApiFault fault = await scene.FailsAsync(pause);
            Assert.Equal((WatchFailure.Server, "the API server says 502"), (fault.Cause, fault.Text));
        }

        ScriptedCall watch = await scene.BeginAsync();
        await UntilAsync(() => scene.Time.IsAwaited(TimeSpan.FromSeconds(150)));
        scene.Time.Advance(TimeSpan.FromMinutes(2));
        watch.Break();
        await scene.FailsAsync(0.4);
    }
}
