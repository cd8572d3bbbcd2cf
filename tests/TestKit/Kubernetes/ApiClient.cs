// Reads and writes objects of an API server as a controller does: the whole object, and once more where another was faster. Any thread; one caller.

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace OpenClaw.TestKit.Kubernetes;

/// <param name="server">Whoever it says it is.</param>
public sealed class ApiClient(Uri server, string token = "") : IDisposable
{
    private const int AttemptsMax = 5;

    private readonly HttpClient _http = new(new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator })
    {
        BaseAddress = server,
        Timeout = Deadline.Patience,
        DefaultRequestHeaders = { Authorization = token == "" ? null : new AuthenticationHeaderValue("Bearer", token) },
    };

    public Task CreateAsync(ResourceKind kind, string scope, JsonObject item)
    {
        JsonObject whole = (JsonObject)item.DeepClone();
        (whole["apiVersion"], whole["kind"]) = (kind.GroupVersion, kind.Kind);
        return SendAsync(HttpMethod.Post, PathOf(kind, scope), whole);
    }

    public Task<JsonObject> GetAsync(ResourceKind kind, string scope, string name) => SendAsync(HttpMethod.Get, $"{PathOf(kind, scope)}/{name}", null);

    /// <summary>Reads, changes and puts; anew after a conflict.</summary>
    public async Task UpdateAsync(ResourceKind kind, string scope, string name, Action<JsonObject> change, bool isStatus = false)
    {
        for (int attempt = 1; ; attempt++)
        {
            JsonObject item = await GetAsync(kind, scope, name);
            change(item);
            try
            {
                await SendAsync(HttpMethod.Put, $"{PathOf(kind, scope)}/{name}{(isStatus ? "/status" : "")}", item);
                return;
            }
            catch (HttpRequestException e) when (e.StatusCode == HttpStatusCode.Conflict && attempt < AttemptsMax)
            {
                // Somebody else has written meanwhile.
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject? body)
    {
        using HttpRequestMessage request = new(method, path) { Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        using HttpResponseMessage answer = await _http.SendAsync(request);
        JsonObject said = (JsonObject)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        return answer.IsSuccessStatusCode ? said : throw new HttpRequestException($"{method} {path}: {said["message"]}", null, answer.StatusCode);
    }

    private static string PathOf(ResourceKind kind, string scope) => $"/{(kind.Group == "" ? "api" : "apis")}/{kind.GroupVersion}/namespaces/{scope}/{kind.Plural}";
}
