// Tells somebody else over HTTP what the guard did: a bounded queue, and one call at a time on the thread pool. Anybody may post;
// nobody ever waits for an answer. Goes through the proxy of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), as every other
// tool there does: where webhooks lead out of a network, often nothing else does.

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Logging;
using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge;

/// <summary>What became of a document; the <c>result</c> label of openclaw_guard_webhook_total.</summary>
internal enum WebhookResult : byte
{
    /// <summary>Answered with a 2xx.</summary>
    Sent,

    /// <summary>Given up after the last attempt.</summary>
    Failed,

    /// <summary>Too many waited.</summary>
    Dropped,
}

/// <param name="pause">Waits between two attempts.</param>
internal sealed class WebhookSender(ILogger log, Func<TimeSpan, Task> pause)
{
    public const int WaitingMax = 16;
    public const int Attempts = 3;

    /// <summary>A redirected POST would be no POST any more; minutes or weeks lie between two documents; each attempt brings its own patience.</summary>
    private readonly Lazy<HttpClient> _client = new(() => new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.Zero })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { ConnectionClose = true, UserAgent = { new("openclaw-edge", null) } },
    }); // most edges tell nobody

    private readonly Queue<(WebhookSettings To, byte[] Document)> _waiting = []; // locked
    private readonly long[] _results = new long[Enum.GetValues<WebhookResult>().Length];
    private bool _isSending; // under the same lock

    /// <summary>Documents so far; any thread.</summary>
    public long Count(WebhookResult result) => Volatile.Read(ref _results[(int)result]);

    /// <summary>Sends a document soon, after those that wait already.</summary>
    public void Post(WebhookSettings to, byte[] document)
    {
        lock (_waiting)
        {
            if (_waiting.Count >= WaitingMax)
            {
                Interlocked.Increment(ref _results[(int)WebhookResult.Dropped]);
                return;
            }

            _waiting.Enqueue((to, document));
            if (!_isSending)
            {
                _isSending = true;
                _ = Task.Run(SendAllAsync);
            }
        }
    }

    private async Task SendAllAsync()
    {
        while (TryNext(out (WebhookSettings To, byte[] Document) next))
        {
            string? problem = await SendAsync(next.To, next.Document);
            Interlocked.Increment(ref _results[(int)(problem is null ? WebhookResult.Sent : WebhookResult.Failed)]);
            if (problem is not null)
            {
                Log.WebhookFailed(log, next.To.Url.GetLeftPart(UriPartial.Authority), Attempts, problem);
            }
        }
    }

    private bool TryNext([MaybeNullWhen(false)] out (WebhookSettings To, byte[] Document) next)
    {
        lock (_waiting)
        {
            return _isSending = _waiting.TryDequeue(out next);
        }
    }

    /// <returns>Null: it has arrived. Else what was wrong with the last attempt.</returns>
    private async Task<string?> SendAsync(WebhookSettings to, byte[] document)
    {
        for (int attempt = 1; ; attempt++)
        {
            string? problem = await TryOnceAsync(to, document);
            if (problem is null || attempt == Attempts)
            {
                return problem;
            }

            // 1 s, then 4 s, each half as long or half as long again, so that edges that lost the same peer do not come back as one.
            await pause(TimeSpan.FromSeconds(Math.Pow(4, attempt - 1) * (0.5 + Random.Shared.NextDouble())));
        }
    }

    private async Task<string?> TryOnceAsync(WebhookSettings to, byte[] document)
    {
        using CancellationTokenSource patience = new(to.Timeout);
        using HttpRequestMessage request = new(HttpMethod.Post, to.Url) { Content = new ByteArrayContent(document) { Headers = { ContentType = new("application/json") } } };
        try
        {
            using HttpResponseMessage answer = await _client.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            return answer.IsSuccessStatusCode ? null : $"the answer is {(int)answer.StatusCode}";
        }
        catch (OperationCanceledException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no answer within {to.Timeout.TotalSeconds:0.###} s");
        }
        catch (Exception e) // such as a proxy of the environment that cannot be used; what escaped would end the sending for good
        {
            return ApiFault.OneLine(e.GetBaseException().Message); // may quote the peer
        }
    }
}
