// Tells somebody else over HTTP what the guard did: a bounded queue, and one call at a time on the thread pool. Anybody may post;
// nobody ever waits for an answer. A client of its own: the base library's would make the binary a seventh larger.

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Microsoft.Extensions.Logging;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tls;
using OpenClaw.Protocol;

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

    private static readonly ParseLimits Limits = new();

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

    private static async Task<string?> TryOnceAsync(WebhookSettings to, byte[] document)
    {
        using CancellationTokenSource patience = new(to.Timeout);
        try
        {
            int status = await AskAsync(to.Url, document, patience.Token);
            return status is >= 200 and < 300 ? null : $"the answer is {status}";
        }
        catch (OperationCanceledException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no answer within {to.Timeout.TotalSeconds:0.###} s");
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException)
        {
            return e.Message;
        }
    }

    /// <returns>The final status.</returns>
    private static async Task<int> AskAsync(Uri url, byte[] document, CancellationToken patience)
    {
        using TcpClient client = new();
        await client.ConnectAsync(url.IdnHost, url.Port, patience);
        Stream stream = client.GetStream();
        if (url.Scheme == Uri.UriSchemeHttps)
        {
            SslStream tls = new(stream);
            stream = tls;
            await UpstreamTrust.Load(new UpstreamTlsSettings(), [])!.HandshakeAsync(tls, url.IdnHost).WaitAsync(patience);
        }

        await using (stream)
        {
            string host = url.HostNameType == UriHostNameType.IPv6 ? $"[{url.IdnHost}]" : url.IdnHost;
            string head = $"POST {url.PathAndQuery} HTTP/1.1\r\nHost: {host}{(url.IsDefaultPort ? "" : $":{url.Port}")}\r\nUser-Agent: openclaw-edge\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {document.Length}\r\nConnection: close\r\n\r\n";
            await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. document], patience);
            return await ReadStatusAsync(stream, patience);
        }
    }

    /// <summary>The head of the answer, as far as it fits; what follows it nobody reads.</summary>
    private static async Task<int> ReadStatusAsync(Stream stream, CancellationToken patience)
    {
        byte[] buffer = new byte[Limits.HeadBytes];
        ResponseHead head = new();
        int start = 0, have = 0, n;
        while (have < buffer.Length && (n = await stream.ReadAsync(buffer.AsMemory(have), patience)) > 0)
        {
            have += n;
            while (true)
            {
                head.Reset();
                ParseResult parsed = ResponseParser.Parse(new ReadOnlySequence<byte>(buffer, start, have - start), head, Limits, Method.Post);
                if (parsed.Status == ParseStatus.Invalid)
                {
                    throw new IOException(ParseErrors.Text(parsed.Error));
                }

                if (parsed.Status == ParseStatus.Incomplete)
                {
                    break;
                }

                if (head.StatusCode >= 200)
                {
                    return head.StatusCode;
                }

                start += (int)parsed.Consumed; // an interim answer (RFC 9110 15.2)
            }
        }

        throw new IOException(have == buffer.Length ? "the head of the answer is too large" : "the answer ended early");
    }
}
