// A real Prometheus on a port of its own. What it scrapes, and by which rules, says the configuration that a test gives. Owns the process.

using System.Text.Json;

namespace OpenClaw.TestKit;

public sealed class PrometheusServer : IAsyncDisposable
{
    private readonly HttpClient _http = new() { Timeout = Deadline.Patience };
    private readonly Child _process;

    private PrometheusServer(Child process, string url) => (_process, Url) = (process, url);

    public string Url { get; }

    /// <param name="program">Path of prometheus.</param>
    /// <param name="folder">Where its configuration and its data are kept.</param>
    public static async Task<PrometheusServer> StartAsync(string program, TestFolder folder, string configuration)
    {
        int port = Ports.Free();
        Child process = Child.Start(program, $"--config.file={folder.Write("prometheus.yml", configuration)}", $"--storage.tsdb.path={folder.Path("data")}",
            $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn");
        PrometheusServer server = new(process, $"http://127.0.0.1:{port}");
        try
        {
            await Deadline.UntilAsync(() => process.HasExited ? throw new InvalidOperationException(process.Output) : Ports.IsServed(port), "prometheus to listen");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The samples that answer an instant query.</summary>
    /// <exception cref="InvalidOperationException">Prometheus refuses the query; the message has its words.</exception>
    public async Task<JsonElement[]> QueryAsync(string expression) =>
        [.. (await AskAsync($"query?query={Uri.EscapeDataString(expression)}", "result")).EnumerateArray()];

    /// <summary>Every rule of every group, with its health and what it came to.</summary>
    public async Task<JsonElement[]> RulesAsync() =>
        [.. (await AskAsync("rules", "groups")).EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray())];

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }

    private async Task<JsonElement> AskAsync(string what, string member)
    {
        using HttpResponseMessage response = await _http.GetAsync($"{Url}/api/v1/{what}");
        string text = await response.Content.ReadAsStringAsync();
        if (text.Contains("Service Unavailable", StringComparison.Ordinal))
        {
            return JsonElement.Parse("[]"); // it still reads its storage
        }

        JsonElement answer = JsonElement.Parse(text);
        return answer.GetProperty("status").GetString() == "success"
            ? answer.GetProperty("data").GetProperty(member)
            : throw new InvalidOperationException($"{what}: {text}");
    }
}
