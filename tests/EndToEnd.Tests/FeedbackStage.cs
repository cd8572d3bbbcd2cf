// The stage for feedback: two versions that answer, one edge with one worker before them, a side port with a token, and files
// that can be replaced. Owns all of them.

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace OpenClaw.EndToEnd.Tests;

internal sealed class FeedbackStage : IAsyncDisposable
{
    public const string Path = "/.openclaw/feedback", KeyA = "the first key of the tests", KeyB = "the second key of the tests";
    public const string NoLimit = "limit: {average: 1000000, period: 1s}";

    private readonly TestFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = Deadline.Patience };

    private FeedbackStage(Func<RawMessage, string> answer) => (V1, V2) = (RawUpstream.Answering(answer), RawUpstream.Answering(answer));

    public RawUpstream V1 { get; }

    public RawUpstream V2 { get; }

    public EdgeProcess Edge { get; private set; } = null!;

    /// <param name="feedback">Keys of rating.feedback; null: none.</param>
    /// <param name="more">Further keys of edge.yaml.</param>
    /// <param name="rest">Further keys of policy.yaml.</param>
    public static async Task<FeedbackStage> StartAsync(string? feedback = "", string fraction = "1", Func<RawMessage, string>? answer = null, string more = "", string rest = "", int workers = 1, string versions = "v1,v2")
    {
        FeedbackStage stage = new(answer ?? (_ => Scene.Ok));
        stage.WriteKeys(KeyA);
        string config = stage._folder.Write("edge.yaml", $$$"""
            listeners: [{address: "127.0.0.1:0"}]
            admin: {address: "127.0.0.1:0", tokenFile: "{{{stage._folder.Write("token", "secret")}}}"}
            workers: {{{workers}}}
            versions:
              {{{versions.Split(',')[0]}}}: {endpoints: ["{{{stage.V1.Url}}}"]}
              {{{versions.Split(',')[1]}}}: {endpoints: ["{{{stage.V2.Url}}}"]}
            policy: {{{stage._folder.Write("policy.yaml", stage.Policy(feedback, fraction, rest))}}}
            {{{more}}}
            """);
        stage.Edge = await EdgeProcess.StartAsync(["--config", config], listeners: 1);
        return stage;
    }

    public string Policy(string? feedback, string fraction = "1", string rest = "") =>
        (feedback is null ? "" : $"rating: {{issueFraction: {fraction}, feedback: {{keyFile: \"{_folder.Path("key")}\"{(feedback.Length > 0 ? ", " : "")}{feedback}}}}}\n") + rest;

    public void WriteKeys(params string[] keys) => _folder.Replace("key", string.Join('\n', keys) + "\n");

    public Task ReloadAsync(string policy) => Edge.ReloadAsync(() => _folder.Replace("policy.yaml", policy));

    public Task ReloadKeysAsync(params string[] keys) => Edge.ReloadAsync(() => WriteKeys(keys));

    public Task<Wire> ConnectAsync() => Wire.ConnectAsync(Edge.Port);

    /// <summary>One request on a connection of its own.</summary>
    public async Task<RawMessage> AskAsync(string request = Scene.Get)
    {
        await using Wire client = await ConnectAsync();
        return await client.AskAsync(request);
    }

    /// <summary>A token, from an answer of any version.</summary>
    public async Task<string> TokenAsync() => (await AskAsync())["X-OpenClaw-Feedback"]!;

    public static string Body(string token, string score = "0.8") => $$"""{"token":"{{token}}","score":{{score}}}""";

    public static string Post(string body, string fields = "", string path = Path) =>
        $"POST {path} HTTP/1.1\r\nHost: h\r\n{fields}Content-Length: {body.Length}\r\n\r\n{body}";

    public Task<RawMessage> PostAsync(string body, string fields = "") => AskAsync(Post(body, fields));

    public async Task<int> VoiceAsync(string token, string score = "0.8") => (await PostAsync(Body(token, score))).Status;

    /// <summary>A batch on the side port.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Report)> BatchAsync(string body, string? bearer = "secret", bool chunked = false)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, Edge.Admin + "/feedback") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);
        using HttpResponseMessage response = await _http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, response.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement : default);
    }

    public async Task<double> CountAsync(string result, string? version = null)
    {
        MetricsPage page = await MetricsPage.ReadAsync(Edge.Admin!);
        return page.Sum("openclaw_feedback_total", $"result=\"{result}\"", version is null ? "" : $"version=\"{version}\"");
    }

    public async Task<JsonElement> StatusAsync() => (await RootAsync()).GetProperty("feedback");

    /// <summary>Voices that a version's rating has heard, each by what is left of it.</summary>
    public async Task<double> HeardAsync(string version)
    {
        JsonElement voices = (await RootAsync()).GetProperty("versions").EnumerateArray().Single(one => one.GetProperty("name").GetString() == version).GetProperty("voices");
        return voices.ValueKind == JsonValueKind.Null ? 0 : voices.GetProperty("weight").GetDouble();
    }

    private async Task<JsonElement> RootAsync() => JsonDocument.Parse(await _http.GetStringAsync(Edge.Admin + "/status")).RootElement;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Edge.DisposeAsync();
        await V1.DisposeAsync();
        await V2.DisposeAsync();
        _folder.Dispose();
    }
}
