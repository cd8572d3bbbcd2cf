// Servers that die under load, and come back.

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class ResilienceTests : IDisposable
{
    private const int Connections = 16;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task KilledEndpointOfSeveral_LosesOnlyWhatWasInFlight()
    {
        string nginx = Needs.Program("nginx");
        await using NginxServer a = await NginxServer.StartAsync(nginx, "return 200 a;"), b = await NginxServer.StartAsync(nginx, "return 200 b;");
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={a.Url},{b.Url}"], "--workers", "2");
        LoadGenerator load = LoadGenerator.Start(edge.Port, Connections);
        const int kills = 3;
        for (int i = 0; i < kills; i++)
        {
            await MoreAsync(load, 2_000);
            await a.KillAsync();
            await MoreAsync(load, 2_000);
            await a.StartAsync();
        }

        await load.StopAsync();
        Assert.Empty(load.Broken);
        Assert.InRange(load.Answers.Count - load.CountStatus(200), 0, kills * Connections);
    }

    [Fact]
    public async Task KilledCanary_LosesOnlyWhatWasInFlightAndRecovers()
    {
        string nginx = Needs.Program("nginx");
        await using NginxServer v1 = await NginxServer.StartAsync(nginx, "return 200 v1;"), v2 = await NginxServer.StartAsync(nginx, "return 200 v2;");
        string policy = _folder.Write("policy.yaml", "canary: {version: v2, weight: 0.5}\nguard: {mode: off}"); // which would not let it recover
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}", $"v2={v2.Url}"], "--policy", policy, "--workers", "2");
        LoadGenerator load = LoadGenerator.Start(edge.Port, Connections);
        await MoreAsync(load, 2_000);
        await v2.KillAsync();
        await MoreAsync(load, 2_000);
        await v2.StartAsync();
        int back = load.Count("v2");
        await Deadline.UntilAsync(() => load.Count("v2") > back + 500, "the canary to have traffic again");
        long fromHere = load.Answers.Count;
        await MoreAsync(load, 2_000);
        await load.StopAsync();

        Assert.InRange(load.Answers.Count(answer => answer.Status != 200) + load.Broken.Count, 0, Connections);
        Assert.DoesNotContain(load.Answers, answer => answer.Version == "v1" && answer.Status != 200);
        Assert.DoesNotContain(load.Answers.Skip((int)fromHere), answer => answer.Status != 200);
    }

    [Fact]
    public async Task CanaryThatRefusesConnections_CostsNoClientAnything()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Scene.Ok);
        string policy = _folder.Write("policy.yaml", "canary: {version: v2, weight: 0.5}");
        string nobody = v2.Url;
        await v2.DisposeAsync();
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}", $"v2={nobody}"], "--policy", policy, "--admin", "127.0.0.1:0");
        await using Wire client = await Wire.ConnectAsync(edge.Port);
        for (int i = 0; i < 40; i++)
        {
            RawMessage answer = await client.AskAsync(i % 2 == 0 ? Scene.Get : "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
            Assert.Equal(200, answer.Status);
        }

        MetricsPage page = await MetricsPage.ReadAsync(edge.Admin!);
        Assert.Equal(40, page.Sum("openclaw_requests_total", "version=\"v1\""));
        Assert.True(page.Sum("openclaw_requests_total", "reason=\"unhealthy\"") > 30); // one refusal sends 15 ms' worth to stable
        Assert.InRange(page.Sum("openclaw_upstream_errors_total", "version=\"v2\"", "stage=\"connect\""), 1, 20);
    }

    [Fact]
    public async Task KilledOnlyServer_Is503UntilItIsBack()
    {
        string nginx = Needs.Program("nginx");
        await using NginxServer v1 = await NginxServer.StartAsync(nginx, "return 200 v1;");
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}"], "--workers", "1");
        await using Wire client = await Wire.ConnectAsync(edge.Port);
        Assert.Equal(200, (await client.AskAsync(Scene.Get)).Status);
        await v1.KillAsync();
        Assert.Equal(503, (await client.AskAsync(Scene.Get)).Status);
        await v1.StartAsync();
        Assert.Equal(200, (await client.AskAsync(Scene.Get)).Status);
    }

    [Fact]
    public async Task ClientsThatResetInTheMiddle_DisturbNobodyElse()
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok);
        LoadGenerator load = LoadGenerator.Start(scene.Edge.Port, 4);
        for (int i = 0; i < 500; i++)
        {
            Wire client = await Wire.ConnectAsync(scene.Edge.Port);
            await client.SendAsync((i % 4) switch
            {
                0 => "GET / HTT",
                1 => Scene.Get,
                2 => "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf",
                _ => string.Concat(Enumerable.Repeat(Scene.Get, 50)),
            });
            client.Reset();
        }

        await load.StopAsync();
        Assert.Empty(load.Broken);
        Assert.Equal(load.Answers.Count, load.CountStatus(200));
        Assert.False(scene.Edge.Process.HasExited);
    }

    [Fact]
    public async Task ConnectionLimits_AreKeptAndGivenBack()
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok, "limits: {connectionsPerAddress: 4}");
        for (int round = 0; round < 3; round++)
        {
            List<Wire> clients = [];
            for (int i = 0; i < 4; i++)
            {
                Wire client = await Wire.ConnectAsync(scene.Edge.Port);
                clients.Add(client);
                Assert.Equal(200, (await client.AskAsync(Scene.Get)).Status);
            }

            Wire refused = await scene.ConnectAsync();
            Assert.Empty(await refused.ReadToEndAsync());
            foreach (Wire client in clients)
            {
                await client.DisposeAsync();
            }

            await Deadline.UntilAsync(async () => await IsServedAsync(scene), "a place to be free again");
        }
    }

    private static async Task<bool> IsServedAsync(Scene scene)
    {
        await using Wire client = await Wire.ConnectAsync(scene.Edge.Port);
        try
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            return (await client.ReadToEndAsync()).Length > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static Task MoreAsync(LoadGenerator load, int answers)
    {
        int goal = load.Answers.Count + answers;
        return Deadline.UntilAsync(() => load.Answers.Count >= goal, "load");
    }
}
