// An API server without a network: every request waits until the test answers it. Any thread.

using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Channels;
using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Policy;
using OpenClaw.TestKit;

namespace OpenClaw.Edge.Tests.Kubernetes;

internal sealed class ScriptedApi : HttpMessageHandler
{
    private readonly Channel<ScriptedCall> _calls = Channel.CreateUnbounded<ScriptedCall>();

    /// <summary>The client's side, to a server on this machine unless the settings name another.</summary>
    public ApiServer Connect(TimeProvider time, KubernetesSettings? settings = null)
    {
        settings ??= new KubernetesSettings { Api = new Uri("http://127.0.0.1:8001"), TokenFile = "/nonexistent/token" };
        return new ApiServer(settings, "openclaw-edge/test", new ApiTransport(settings, _ => this), time);
    }

    /// <summary>The next request that nobody has taken yet.</summary>
    public Task<ScriptedCall> NextAsync() => _calls.Reader.ReadAsync(Deadline.After()).AsTask();

    public bool HasCall => _calls.Reader.TryPeek(out _);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken patience)
    {
        ScriptedCall call = new(request);
        _calls.Writer.TryWrite(call);
        return await call.Response.WaitAsync(patience);
    }
}

internal sealed class ScriptedCall(HttpRequestMessage request)
{
    private readonly TaskCompletionSource<HttpResponseMessage> _response = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));

    public Task<HttpResponseMessage> Response => _response.Task;

    /// <summary>Path and query.</summary>
    public string Target { get; } = request.RequestUri!.PathAndQuery;

    public bool IsWatch => Target.Contains("&watch=true");

    public string? Token { get; } = request.Headers.Authorization?.Parameter;

    public string Header(string name) => string.Join(",", request.Headers.GetValues(name));

    public void Fail(Exception e) => _response.SetException(e);

    public void Answer(HttpStatusCode status, string body, int? retryAfter = null)
    {
        HttpResponseMessage response = new(status) { Content = new StringContent(body) };
        if (retryAfter is { } seconds)
        {
            response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(seconds));
        }

        _response.SetResult(response);
    }

    /// <summary>A list with these objects.</summary>
    public void List(string version, params string[] items) => Answer(HttpStatusCode.OK, $$$"""{"kind":"List","metadata":{"resourceVersion":"{{{version}}}"},"items":[{{{string.Join(',', items)}}}]}""");

    /// <summary>A watch that stands.</summary>
    public ScriptedCall Open()
    {
        _response.SetResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(_pipe.Reader.AsStream()) });
        return this;
    }

    public void Send(string type, string item) => Send($$"""{"type":"{{type}}","object":{{item}}}""" + "\n");

    public void Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    public void Send(byte[] bytes) => _pipe.Writer.WriteAsync(bytes).AsTask().Wait();

    public void End() => _pipe.Writer.Complete();

    public void Break() => _pipe.Writer.Complete(new IOException("the connection was reset"));
}
