// The stage for a rollout: a stable version and a canary, scripted, one edge with one worker before them on a plain and a
// TLS listener, and one client. Owns all of them.

using System.Net;

namespace OpenClaw.EndToEnd.Tests;

internal sealed class Rollout : IAsyncDisposable
{
    private readonly TestFolder _folder;
    private Wire? _client;

    private Rollout(TestFolder folder, RawUpstream v1, RawUpstream v2, EdgeProcess edge) => (_folder, V1, V2, Edge) = (folder, v1, v2, edge);

    public RawUpstream V1 { get; }

    public RawUpstream V2 { get; }

    public EdgeProcess Edge { get; }

    /// <param name="policy">The whole of policy.yaml.</param>
    /// <param name="more">Further keys of edge.yaml.</param>
    /// <param name="canary">Null: it answers as stable does.</param>
    public static async Task<Rollout> StartAsync(string policy, string more = "", RawUpstream? canary = null)
    {
        TestFolder folder = new();
        RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = canary ?? RawUpstream.Answering(Scene.Ok);
        TestCertificate certificate = TestCertificate.Create(folder, "edge", "localhost");
        folder.Write("policy.yaml", policy);
        string config = folder.Write("edge.yaml", $$$"""
            listeners:
            - address: "127.0.0.1:0"
            - {address: "127.0.0.1:0", tls: {certificates: [{certFile: {{{certificate.CertFile}}}, keyFile: {{{certificate.KeyFile}}}}]}}
            workers: 1
            versions:
              v1: {endpoints: ["{{{v1.Url}}}"]}
              v2: {endpoints: ["{{{v2.Url}}}"]}
            policy: {{{folder.Path("policy.yaml")}}}
            {{{more}}}
            """);
        return new Rollout(folder, v1, v2, await EdgeProcess.StartAsync(["--config", config, "--admin", "127.0.0.1:0"], listeners: 2));
    }

    /// <summary>One GET on the client's connection.</summary>
    /// <param name="fields">Field lines.</param>
    public async Task<RawMessage> AskAsync(params string[] fields) =>
        await (_client ??= await Wire.ConnectAsync(Edge.Port)).AskAsync($"GET / HTTP/1.1\r\nHost: h\r\n{string.Concat(fields.Select(field => field + "\r\n"))}\r\n");

    /// <summary>The version that answered.</summary>
    public async Task<string?> VersionAsync(params string[] fields) => (await AskAsync(fields))["X-OpenClaw-Version"];

    /// <summary>New sessions, by the cookie each was given and the version that answered first.</summary>
    public async Task<IReadOnlyList<(string Cookie, string Version)>> BeginAsync(int sessions)
    {
        List<(string, string)> begun = [];
        for (int i = 0; i < sessions; i++)
        {
            RawMessage first = await AskAsync();
            begun.Add((CookieOf(first), first["X-OpenClaw-Version"]!));
        }

        return begun;
    }

    /// <summary>The Cookie field that a client sends after this answer.</summary>
    public static string CookieOf(RawMessage answer) => "Cookie: " + answer["Set-Cookie"]!.Split(';')[0];

    public Task ReloadAsync(string policy) => Edge.ReloadAsync(() => _folder.Replace("policy.yaml", policy));

    public Task<MetricsPage> MetricsAsync() => MetricsPage.ReadAsync(Edge.Admin!);

    public async Task<string> PageAsync(string path)
    {
        using HttpClient client = new() { Timeout = Deadline.Patience };
        return await client.GetStringAsync(Edge.Admin + path);
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        await Edge.DisposeAsync();
        await V1.DisposeAsync();
        await V2.DisposeAsync();
        _folder.Dispose();
    }
}
