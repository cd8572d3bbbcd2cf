// What the real clients do not ask of the fake API server or would not show: its faults, and the edges of the watch protocol.

using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using OpenClaw.TestKit.Kubernetes;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

public sealed class FakeApiServerTests : IAsyncDisposable
{
    private const string Routes = "/apis/gateway.networking.k8s.io/v1/namespaces/openclaw/httproutes";
    private const string One = Routes + "?fieldSelector=metadata.name%3Drating-api";

    private readonly HttpClient _client = new() { Timeout = Deadline.Patience };
    private FakeApiServer _server = null!;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task WatchFromAVersion_BeginsBehindIt(bool isScrambled)
    {
        await StartAsync(new ApiServerOptions { ScrambledVersions = isScrambled });
        string first = Version(await GetAsync(One));
        Put(Objects.Route(20));
        string second = Version(await GetAsync(One));
        Put(Objects.Route(30));
        Assert.Equal(isScrambled, !long.TryParse(first, out _));
        Assert.Equal(["MODIFIED 20", "MODIFIED 30"], await EventsAsync(One + "&resourceVersion=" + first, 2));
        Assert.Equal(["MODIFIED 30"], await EventsAsync(One + "&resourceVersion=" + second, 1));
        Assert.Equal(["ADDED 30"], await EventsAsync(One + "&resourceVersion=0", 1));
        Assert.Equal(["ADDED 30"], await EventsAsync(One, 1));
    }

    [Fact]
    public async Task ForgottenVersion_Is410OrAnEventThatSaysSo()
    {
        await StartAsync();
        string old = Version(await GetAsync(One));
        Put(Objects.Route(20));
        _server.Store.Compact();
        (int status, JsonObject refusal) = await AskAsync(HttpMethod.Get, One + "&watch=true&resourceVersion=" + old);
        Assert.Equal((410, "Expired"), (status, (string?)refusal["reason"]));

        _server.Faults.ExpireInStream = true;
        JsonObject line = Objects.Parse((await LinesAsync(One + "&resourceVersion=" + old, 1))[0]);
        Assert.Equal(("ERROR", "Status", 410), ((string?)line["type"], (string?)line["object"]!["kind"], (int)line["object"]!["code"]!));
    }

    [Fact]
    public async Task VersionOfTheFuture_IsTooLarge()
    {
        await StartAsync();
        string future = Version(await GetAsync(One));
        _server.Store.StartOver();
        foreach (string target in (string[])[$"{One}&watch=true&resourceVersion={future}", $"{One}&resourceVersion={future}"])
        {
            (int status, JsonObject refusal) = await AskAsync(HttpMethod.Get, target);
            Assert.Equal((504, "ResourceVersionTooLarge"), (status, (string?)refusal["details"]!["causes"]![0]!["reason"]));
        }

        Assert.Equal(400, (await AskAsync(HttpMethod.Get, One + "&watch=true&resourceVersion=nonsense")).Status);
    }

    [Fact]
    public async Task Bookmarks_ComeOnlyToThoseWhoAllowThem()
    {
        await StartAsync(new ApiServerOptions { BookmarkInterval = TimeSpan.FromMilliseconds(50) });
        Assert.Equal(["ADDED 5", "BOOKMARK", "BOOKMARK"], await EventsAsync(One + "&allowWatchBookmarks=true", 3));
        Assert.Equal(["ADDED 5"], await EventsAsync(One + "&timeoutSeconds=1", 10));
    }

    [Fact]
    public async Task Bookmark_HasTheVersionOfChangesElsewhere()
    {
        await StartAsync(new ApiServerOptions { BookmarkInterval = TimeSpan.FromMilliseconds(200) });
        Task<string[]> lines = LinesAsync(One + "&allowWatchBookmarks=true", 2);
        await _server.WatchedAsync(ResourceKind.HttpRoute);
        StoredObject last = Put(Objects.Route(7, "another"));
        Assert.Equal(last.Json["metadata"]!["resourceVersion"]!.ToString(), Objects.Parse((await lines)[1])["object"]!["metadata"]!["resourceVersion"]!.ToString());
    }

    [Fact]
    public async Task InitialEvents_EndWithAMarkedBookmark()
    {
        await StartAsync();
        string[] lines = await LinesAsync(One + "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true", 2);
        Assert.StartsWith("""{"type":"ADDED",""", lines[0]);
        Assert.Contains("\"k8s.io/initial-events-end\":\"true\"", lines[1]);

        _server.Faults.IgnoreInitialEvents = true;
        Assert.Equal(["ADDED 5"], await EventsAsync(One + "&sendInitialEvents=true&allowWatchBookmarks=true&timeoutSeconds=1", 2));
    }

    [Fact]
    public async Task Switches_BreakWhatTheySay()
    {
        await StartAsync();
        string version = Version(await GetAsync(One));
        _server.Faults.RepeatAdded = true;
        Assert.Equal(["ADDED 5"], await EventsAsync(One + "&resourceVersion=" + version, 1));
        _server.Faults.RepeatAdded = false;

        _server.Faults.Lie = _ => Objects.Route(99, "another");
        Assert.Equal("another", (string?)(await GetAsync(One))["items"]![0]!["metadata"]!["name"]);
        Assert.Equal(["ADDED 99"], await EventsAsync(One, 1));
        _server.Faults.Lie = null;

        _server.Faults.CutLines(1);
        await Assert.ThrowsAnyAsync<Exception>(() => LinesAsync(One, 1));
        Assert.Equal(["ADDED 5"], await EventsAsync(One, 1));

        _server.Faults.Refuse(ApiStatus.Throttled(TimeSpan.FromSeconds(3)), times: 1, call => call.Verb == "watch");
        _server.Faults.Refuse(ApiStatus.Broken);
        Assert.Equal(500, (await AskAsync(HttpMethod.Get, One)).Status);
        using HttpResponseMessage throttled = await _client.GetAsync(_server.Url + One + "&watch=true");
        Assert.Equal((429, 3), ((int)throttled.StatusCode, (int)throttled.Headers.RetryAfter!.Delta!.Value.TotalSeconds));
    }

    [Fact]
    public async Task SplitAndSlowBodies_ArriveWhole()
    {
        await StartAsync();
        Put(Objects.Route(20, note: string.Concat(Enumerable.Repeat("größer ", 20))));
        _server.Faults.SplitCharacters = true;
        Assert.Contains("größer größer", (await GetAsync(One)).ToJsonString(StoredObject.Writing));
        await using RawConnection raw = await RawConnection.AskAsync(_server.Port, One + "&watch=true");
        Assert.EndsWith("gr\u00C3", Encoding.Latin1.GetString(await raw.ReadToAsync(0xC3))); // the first byte of an o with two dots ends what has come

        _server.Faults.SplitCharacters = false;
        _server.Faults.Slow = new SlowBody(100, TimeSpan.FromMilliseconds(20));
        long start = Stopwatch.GetTimestamp();
        Assert.Contains("größer größer", (await GetAsync(One)).ToJsonString(StoredObject.Writing));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 60, 10_000);
    }

    [Fact]
    public async Task Stall_HoldsEverythingUntilItIsOver()
    {
        await StartAsync();
        Task<string[]> events = EventsAsync(One, 2);
        await _server.WatchedAsync(ResourceKind.HttpRoute);
        _server.Faults.Stall();
        Put(Objects.Route(20));
        Task<JsonObject> get = GetAsync(One);
        await Assert.ThrowsAsync<TimeoutException>(() => Task.WhenAny(events, get).WaitAsync(TimeSpan.FromMilliseconds(300)));
        _server.Faults.Resume();
        Assert.Equal(["ADDED 5", "MODIFIED 20"], await events);
        await get;
    }

    [Fact]
    public async Task Restart_KeepsPortObjectsAndVersions()
    {
        await StartAsync();
        string version = Version(await GetAsync(One));
        Task<string[]> watch = LinesAsync(One, 5);
        await _server.WatchedAsync(ResourceKind.HttpRoute);
        await _server.StopAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => watch);
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetAsync(_server.Url + One));
        Put(Objects.Route(20));
        await _server.StartAsync();
        Assert.Equal(["MODIFIED 20"], await EventsAsync(One + "&resourceVersion=" + version, 1));
    }

    [Fact]
    public async Task StaleContinuation_IsExpired()
    {
        await StartAsync();
        Put(Objects.Route(1, "another"));
        JsonObject page = await GetAsync(Routes + "?limit=1");
        Assert.Equal(1, (int)page["metadata"]!["remainingItemCount"]!);
        _server.Store.Compact();
        Assert.Equal(410, (await AskAsync(HttpMethod.Get, $"{Routes}?limit=1&continue={page["metadata"]!["continue"]}")).Status);
    }

    [Fact]
    public async Task WriteThatChangesNothing_MakesNoVersion()
    {
        await StartAsync();
        long before = _server.Store.Version;
        (int status, JsonObject same) = await AskAsync(HttpMethod.Put, Routes + "/rating-api", (await GetAsync(Routes + "/rating-api")).ToJsonString());
        Assert.Equal((200, before), (status, _server.Store.Version));
        same["spec"]!["rules"]![0]!["backendRefs"]![0]!["weight"] = 1;
        Assert.Equal(200, (await AskAsync(HttpMethod.Put, Routes + "/rating-api", same.ToJsonString())).Status);
        Assert.Equal(409, (await AskAsync(HttpMethod.Put, Routes + "/rating-api", same.ToJsonString())).Status); // its version is the old one now
        Assert.Equal((before + 1, 2), (_server.Store.Version, (int)(await GetAsync(Routes + "/rating-api"))["metadata"]!["generation"]!));
    }

    [Fact]
    public async Task NamesInARole_RuleListsByTheirFieldSelector()
    {
        await StartAsync();
        _server.Access.Grant("t", "edge", new AccessRule(Objects.Namespace, ResourceKind.HttpRoute, ["list", "watch"], "rating-api"));
        Assert.Equal(401, (await AskAsync(HttpMethod.Get, One)).Status);
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "t");
        Assert.Equal(200, (await AskAsync(HttpMethod.Get, One)).Status);
        Assert.Equal(403, (await AskAsync(HttpMethod.Get, Routes)).Status);
        Assert.Equal(403, (await AskAsync(HttpMethod.Get, Routes + "?fieldSelector=metadata.name%3Dother")).Status);
        Assert.Equal(403, (await AskAsync(HttpMethod.Get, Routes + "/rating-api")).Status); // the verb get is not in the rule
        _server.Access.Revoke("t");
        Assert.Equal(401, (await AskAsync(HttpMethod.Get, One)).Status);
    }

    private async Task StartAsync(ApiServerOptions? options = null)
    {
        _server = await FakeApiServer.StartAsync(options);
        Put(Objects.Route(5));
    }

    private StoredObject Put(JsonObject route) => _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, route);

    private static string Version(JsonObject list) => (string)list["metadata"]!["resourceVersion"]!;

    private async Task<JsonObject> GetAsync(string target)
    {
        (int status, JsonObject json) = await AskAsync(HttpMethod.Get, target);
        Assert.Equal(200, status);
        return json;
    }

    private async Task<(int Status, JsonObject Json)> AskAsync(HttpMethod method, string target, string? body = null)
    {
        using HttpRequestMessage request = new(method, _server.Url + target) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        using HttpResponseMessage answer = await _client.SendAsync(request);
        return ((int)answer.StatusCode, Objects.Parse(await answer.Content.ReadAsStringAsync()));
    }

    /// <summary>Each event's type, and the canary's weight in its object.</summary>
    private async Task<string[]> EventsAsync(string target, int count) =>
    [
        .. (await LinesAsync(target, count)).Select(Objects.Parse)
            .Select(line => $"{line["type"]} {line["object"]!["spec"]?["rules"]![0]!["backendRefs"]![1]!["weight"]}".TrimEnd()),
    ];

    /// <summary>So many lines of a watch, or fewer where it ends before.</summary>
    private async Task<string[]> LinesAsync(string target, int count)
    {
        using HttpResponseMessage answer = await _client.GetAsync($"{_server.Url}{target}&watch=true", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using StreamReader reader = new(await answer.Content.ReadAsStreamAsync());
        List<string> lines = [];
        while (lines.Count < count && await reader.ReadLineAsync(Deadline.After()) is { } line)
        {
            lines.Add(line);
        }

        return [.. lines];
    }
}
