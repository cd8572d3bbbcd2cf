// Asks the API server: one GET with the token of this moment, and what comes of it as a body or a fault. Any thread, but none of the workers'.

using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Kubernetes;

internal sealed class ApiServer(KubernetesSettings settings, string userAgent, ApiTransport transport, TimeProvider time) : IDisposable
{
    /// <summary>From the request to the head of the answer, connecting included. A watch is answered at once, with or without news.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>A Status is a few hundred bytes.</summary>
    private const int StatusBytesMax = 64 * 1024;

    private const long TokenBytesMax = 64 * 1024;

    /// <summary>Whoever listens to plain http on the way has the token, which may be good for more than this edge does; on this machine nobody does.</summary>
    private readonly bool _showsToken = settings.Api!.Scheme == Uri.UriSchemeHttps || settings.Api.IsLoopback;

    private TaskCompletionSource _standing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Uri Address => settings.Api!;

    /// <summary>Ends when the next watch stands, whoever's it is: the server is there then for all who wait to ask it again.</summary>
    public Task NextStanding => Volatile.Read(ref _standing).Task;

    /// <param name="target">Path and query.</param>
    /// <returns>A body, to be disposed of, when the answer is 200; a fault else.</returns>
    public async Task<(ApiBody? Body, ApiFault? Fault)> GetAsync(string target, CancellationToken stop)
    {
        if (ReadToken(out string? token) is { } unreadable)
        {
            return (null, unreadable);
        }

        (ApiBody? Body, ApiFault? Fault) answer = await AskAsync(target, token, stop);
        // The kubelet replaces the token: one that has come meanwhile is tried at once.
        return answer.Fault?.Cause == WatchFailure.Unauthorized && ReadToken(out string? fresh) is null && fresh != token ? await AskAsync(target, fresh, stop) : answer;
    }

    /// <summary>A watch stands.</summary>
    public void Stands() => Interlocked.Exchange(ref _standing, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    public void Dispose() => transport.Dispose();

    private async Task<(ApiBody? Body, ApiFault? Fault)> AskAsync(string target, string? token, CancellationToken stop)
    {
        if (transport.Open(out ApiFault? closed) is not { } invoker)
        {
            return (null, closed);
        }

        TimeLimit limit = new(time, stop);
        ApiBody? body = null;
        bool isKept = false;
        try
        {
            limit.Begin(Patience);
            using HttpRequestMessage request = Request(target, token);
            HttpResponseMessage response = await invoker.SendAsync(request, limit.Token);
            body = new ApiBody(response, await response.Content.ReadAsStreamAsync(limit.Token), limit, time);
            isKept = response.StatusCode == HttpStatusCode.OK;
            return isKept ? (body, null) : (null, await RefusalAsync(response, body, token is not null));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, limit.IsOver ? new ApiFault(WatchFailure.Silent, $"no answer within {Patience.TotalSeconds:0} s") : new ApiFault(WatchFailure.Unreachable, "no connection in time"));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            Exception cause = e.InnerException ?? e;
            return (null, new ApiFault(WatchFailure.Unreachable, ApiFault.OneLine(cause.Message) + (cause is AuthenticationException ? $"; kubernetes.caFile says who may vouch for it: {settings.CaFile}{(File.Exists(settings.CaFile) ? "" : ", which does not exist")}" : "")));
        }
        finally
        {
            if (!isKept)
            {
                body?.Dispose();
                limit.Dispose();
            }
        }
    }

    private HttpRequestMessage Request(string target, string? token)
    {
        HttpRequestMessage request = new(HttpMethod.Get, new Uri(settings.Api!, target))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower, // over plain http that is 1.1
        };
        request.Headers.TryAddWithoutValidation("User-Agent", userAgent);
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return request;
    }

    private async Task<ApiFault> RefusalAsync(HttpResponseMessage response, ApiBody body, bool isTokenShown)
    {
        // A proxy on the way answers otherwise, and then the number is all there is.
        ApiStatus status = await body.ReadAllAsync(Patience, StatusBytesMax) is null ? ApiStatus.Read(body.Bytes) : default;
        ApiFault fault = ApiFault.Of((int)response.StatusCode, status, response.Headers.RetryAfter?.Delta);
        return fault.Cause switch
        {
            WatchFailure.Unauthorized when !_showsToken => fault with { Text = fault.Text + "; a token is shown over https only, or to this machine" },
            WatchFailure.Unauthorized or WatchFailure.Forbidden when !isTokenShown && settings.Api!.Scheme == Uri.UriSchemeHttps => fault with { Text = $"{fault.Text}; no token was shown: there is no {settings.TokenFile}" },
            _ => fault, // on plain http a proxy of this machine may speak for the edge
        };
    }

    /// <param name="token">Null: there is none to show.</param>
    private ApiFault? ReadToken(out string? token)
    {
        token = null;
        try
        {
            if (!_showsToken || !File.Exists(settings.TokenFile))
            {
                return null;
            }

            string text = new FileInfo(settings.TokenFile).Length <= TokenBytesMax ? File.ReadAllText(settings.TokenFile).Trim() : "";
            if (text.Length == 0 || text.Any(c => c is <= ' ' or > '~'))
            {
                return new ApiFault(WatchFailure.Unauthorized, $"{settings.TokenFile} holds no bearer token");
            }

            token = text;
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ApiFault(WatchFailure.Unauthorized, $"{settings.TokenFile} {ConfigurationFile.Reason(settings.TokenFile, e)}");
        }
    }
}
