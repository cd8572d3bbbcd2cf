// An API server without a cluster: a handful of kinds over HTTP/1.1 and HTTP/2, with watches, tokens, and every fault that a client has to live with. Knows nothing
// of what objects mean, and checks no schema. Owns its listener, which keeps its port over restarts; requests run on pool threads.

using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace OpenClaw.TestKit.Kubernetes;

public sealed record ApiServerOptions
{
    /// <summary>Null: plain text.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Without TLS HTTP/2 can only be had alone, from clients that begin with it.</summary>
    public HttpProtocols Protocols { get; init; } = HttpProtocols.Http1AndHttp2;

    /// <summary>A real server sends one about every minute.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Of a watch that asks for no less; a real server takes 30 to 60 minutes, or what it is asked for.</summary>
    public TimeSpan LongestWatch { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Versions that are no numbers.</summary>
    public bool ScrambledVersions { get; init; }
}

public sealed class FakeApiServer : IAsyncDisposable
{
    private readonly ApiServerOptions _options;
    private readonly ObjectRequests _objects;
    private readonly ConcurrentQueue<ApiCall> _calls = new();
    private readonly ConcurrentDictionary<WatchStream, bool> _watches = new();
    private WebApplication? _server;
    private CancellationTokenSource _stopping = new();

    private FakeApiServer(ApiServerOptions options)
    {
        _options = options;
        Store = new ObjectStore(new ResourceVersions(options.ScrambledVersions));
        _objects = new ObjectRequests(Store);
    }

    public ObjectStore Store { get; }

    public ApiAccess Access { get; } = new();

    public ApiFaults Faults { get; } = new();

    public int Port { get; private set; }

    public string Url => $"{(_options.Certificate is null ? "http" : "https")}://127.0.0.1:{Port}";

    /// <summary>Every request so far, refused ones included.</summary>
    public IReadOnlyCollection<ApiCall> Calls => _calls;

    /// <summary>The watches that stand now and have been told all there was when they began.</summary>
    private IEnumerable<ApiCall> Watches => _watches.Keys.Where(watch => watch.Standing.IsCompletedSuccessfully).Select(watch => watch.Call);

    public static async Task<FakeApiServer> StartAsync(ApiServerOptions? options = null)
    {
        FakeApiServer server = new(options ?? new ApiServerOptions());
        await server.StartAsync();
        return server;
    }

    /// <summary>Once more, after <see cref="StopAsync"/>, on the same port and with the same objects.</summary>
    public async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null; // a client may be slow
            kestrel.Listen(IPAddress.Loopback, Port, listen =>
            {
                listen.Protocols = _options.Protocols;
                if (_options.Certificate is { } certificate)
                {
                    listen.UseHttps(certificate);
                }
            });
        });
        _stopping = new CancellationTokenSource();
        _server = builder.Build();
        _server.Run(HandleAsync);
        await _server.StartAsync();
        Port = new Uri(_server.Urls.First()).Port;
    }

    /// <summary>As a crash: connections break, and nobody listens.</summary>
    public async Task StopAsync()
    {
        if (_server is not null)
        {
            await _stopping.CancelAsync();
            await _server.StopAsync(new CancellationToken(canceled: true));
            await _server.DisposeAsync();
            _server = null;
        }
    }

    /// <summary>Ends every watch with an ERROR event that says 410.</summary>
    public void ExpireWatches()
    {
        foreach (WatchStream watch in _watches.Keys)
        {
            watch.Expire();
        }
    }

    /// <summary>Waits until somebody watches objects of this kind and name.</summary>
    public Task WatchedAsync(ResourceKind kind, string? name = null, int times = 1) =>
        Deadline.UntilAsync(() => Watches.Count(watch => watch.Kind == kind && (name is null || watch.Name == name)) >= times, $"a watch of {kind.Plural} {name}");

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task HandleAsync(HttpContext context)
    {
        CancellationToken stopping = _stopping.Token;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(stopping, context.RequestAborted);
        ApiBody body = new(context, Faults, stop.Token);
        ApiCall call = ApiCall.Of(context.Request);
        _calls.Enqueue(call);
        try
        {
            await AnswerAsync(call, context, body, stop.Token);
        }
        catch (ApiException e)
        {
            await body.RefuseAsync(e.Status);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            context.Abort(); // the client is gone, or this server is about to be
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await body.RefuseAsync(new ApiStatus(500, "InternalError", $"the fake API server has a fault of its own: {e}"));
        }
    }

    private async Task AnswerAsync(ApiCall call, HttpContext context, ApiBody body, CancellationToken stop)
    {
        if ((Faults.RefusalOf(call) ?? Access.Judge(call)) is { } refusal)
        {
            throw new ApiException(refusal);
        }

        if (call.Kind is null)
        {
            string path = context.Request.Path.Value!;
            if (path is "/healthz" or "/livez" or "/readyz")
            {
                await body.WriteAsync("ok"u8.ToArray());
                return;
            }

            await body.AnswerAsync(Discovery.Page(path) ?? throw new ApiException(ApiStatus.NoSuchPath));
        }
        else if (!call.Kind.Verbs.Contains(call.Verb))
        {
            throw new ApiException(ApiStatus.MethodNotAllowed);
        }
        else if (call.Verb == "watch")
        {
            await WatchAsync(new WatchStream(call, Store, _options, Faults), body, stop);
        }
        else
        {
            await _objects.AnswerAsync(call, context.Request, body);
        }
    }

    private async Task WatchAsync(WatchStream watch, ApiBody body, CancellationToken stop)
    {
        _watches[watch] = true;
        try
        {
            await watch.RunAsync(body, stop);
        }
        finally
        {
            _watches.TryRemove(watch, out _);
        }
    }

    /// <summary>The host must not take the test process's signals for its own.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
