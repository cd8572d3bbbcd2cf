// Clients as people use them: curl, wrk, h2load, Chromium; and HAProxy in front.

using System.Text.RegularExpressions;

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class ClientTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CurlWithALargeBody_WaitsForContinueAndSendsAll()
    {
        string curl = Needs.Program("curl");
        byte[] body = new byte[5 << 20];
        new Random(2).NextBytes(body);
        File.WriteAllBytes(_folder.Path("body"), body);
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            while (await wire.ReadHeadAsync() is { } head)
            {
                if (head.Contains("100-continue", StringComparison.OrdinalIgnoreCase))
                {
                    await wire.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
                }

                await wire.ReadRequestBodyAsync(head);
                await wire.SendAsync(Scene.Ok);
            }
        }));
        foreach (string[] how in (string[][])[["-H", "Expect: 100-continue"], ["-H", "Expect: 100-continue", "-H", "Transfer-Encoding: chunked"], ["-H", "Expect:"], ["--http1.0"]])
        {
            await using Child run = await Child.RunAsync(curl, ["-sS", "--max-time", "20", .. how, "--data-binary", $"@{_folder.Path("body")}", scene.Edge.Address]);
            Assert.Equal((0, "ok"), (run.ExitCode, run.Output));
            Assert.True(body.AsSpan().SequenceEqual(scene.Upstream.Requests[^1].Body));
        }
    }

    [Fact]
    public async Task Curl_ReusesItsConnectionForHeadGetAndDownloads()
    {
        string curl = Needs.Program("curl");
        string nginx = Needs.Program("nginx");
        await using NginxServer server = await NginxServer.StartAsync(nginx, "");
        byte[] content = new byte[3 << 20];
        new Random(3).NextBytes(content);
        server.Serve("file", content);
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={server.Url}"]);
        await using Child run = await Child.RunAsync(curl,
            ["-sS", "-v", "--max-time", "20", "-o", _folder.Path("got"), $"{edge.Address}/file", "--next", "-sS", "-I", $"{edge.Address}/file", "--next", "-sS", "-r", "10-19", "-o", _folder.Path("part"), $"{edge.Address}/file"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Re-using existing connection", run.Output);
        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(_folder.Path("got"))));
        Assert.True(content.AsSpan(10, 10).SequenceEqual(File.ReadAllBytes(_folder.Path("part"))));
    }

    [Fact]
    public async Task Wrk_SeesNoErrors()
    {
        string wrk = Needs.Program("wrk");
        await using NginxServer server = await NginxServer.StartAsync(Needs.Program("nginx"), "return 200 ok;");
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={server.Url}"], "--workers", "2");
        await using Child run = await Child.RunAsync(wrk, ["-t", "1", "-c", "32", "-d", "2s", edge.Address]);
        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain("Socket errors", run.Output);
        Assert.DoesNotContain("Non-2xx", run.Output);
        Assert.True(int.Parse(Count(run.Output, @"(\d+) requests in")) > 1_000, run.Output);
    }

    [Fact]
    public async Task H2load_SeesNoErrors()
    {
        string h2load = Needs.Program("h2load");
        await using NginxServer server = await NginxServer.StartAsync(Needs.Program("nginx"), "return 200 ok;");
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={server.Url}"], "--workers", "2");
        foreach (string pipelined in (string[])["1", "8"])
        {
            await using Child run = await Child.RunAsync(h2load, ["--h1", "-n", "20000", "-c", "16", "-m", pipelined, edge.Address]);
            Assert.Equal(0, run.ExitCode);
            Assert.Contains("20000 succeeded, 0 failed, 0 errored, 0 timeout", run.Output);
        }
    }

    [Fact]
    public async Task HaproxyInFront_IsServed()
    {
        string haproxy = Needs.Program("haproxy");
        await using Scene scene = await Scene.StartAsync(Scene.Ok);
        int port = Ports.Free();
        string config = _folder.Write("haproxy.cfg", $"""
            global
              nbthread 1
            defaults
              mode http
              timeout connect 2s
              timeout client 10s
              timeout server 10s
            frontend in
              bind 127.0.0.1:{port}
              default_backend edge
            backend edge
              http-reuse always
              server edge 127.0.0.1:{scene.Edge.Port}

            """);
        await using Child process = Child.Start(haproxy, "-db", "-f", config);
        await Deadline.UntilAsync(() => process.HasExited ? throw new InvalidOperationException(process.Output) : Ports.IsServed(port), "haproxy to listen");
        LoadGenerator load = await LoadGenerator.RunAsync(port, 8, 5_000);
        Assert.Empty(load.Broken);
        Assert.Equal(5_000, load.CountStatus(200));
    }

    [Fact]
    public async Task Chromium_LoadsAPageThroughTheEdge()
    {
        string chromium = Needs.Program("chromium", "chromium-browser", "google-chrome");
        await using Scene scene = await Scene.StartAsync(RawUpstream.Answering(request =>
        {
            (string type, string body) = request.Target switch
            {
                "/" => ("text/html", "<!doctype html><title>t</title><link rel=stylesheet href=/a.css><p id=p>before</p><script src=/a.js></script>"),
                "/a.css" => ("text/css", "p { color: red }"),
                "/a.js" => ("text/javascript", "document.getElementById('p').textContent = 'written by ' + 'script';"),
                _ => ("text/plain", ""),
            };
            return $"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        }));
        await using Child run = await Child.RunAsync(chromium,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--disable-dev-shm-usage", $"--user-data-dir={_folder.Path("profile")}", "--dump-dom", scene.Edge.Address + "/",
            ],
            TimeSpan.FromSeconds(60));
        Assert.Contains("written by script", run.Output);
        Assert.Contains(scene.Upstream.Requests, request => request.Target == "/a.css");
    }

    private static string Count(string output, string pattern) => Regex.Match(output, pattern).Groups[1].Value;
}
