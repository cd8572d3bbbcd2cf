// The one way in which bytes of the fake API server go out, so that every fault of writing is here. One for each request, one writer at a time.

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace OpenClaw.TestKit.Kubernetes;

internal sealed class ApiBody(HttpContext context, ApiFaults faults, CancellationToken stop)
{
    /// <summary>Long enough that the reader is done with the first half.</summary>
    private static readonly TimeSpan BetweenHalves = TimeSpan.FromMilliseconds(5);

    /// <summary>A whole answer.</summary>
    public async Task AnswerAsync(JsonNode json, int code = 200)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        byte[] body = Bytes(json);
        context.Response.ContentLength = body.Length;
        await WriteAsync(body);
    }

    /// <summary>The head of an answer that has no end yet.</summary>
    public async Task BeginAsync()
    {
        await faults.Moving.WaitAsync(stop);
        context.Response.ContentType = "application/json";
        await context.Response.StartAsync(stop);
        await context.Response.Body.FlushAsync(stop);
    }

    public Task RefuseAsync(ApiStatus status)
    {
        if (status.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString();
        }

        return AnswerAsync(status.ToJson(), status.Code);
    }

    /// <summary>The object as it goes out today.</summary>
    public JsonNode Show(StoredObject item) => faults.Lie is { } lie ? lie(item.Copy()) : item.Json.DeepClone();

    /// <summary>One line of a watch. False: it was cut and nothing can follow.</summary>
    public async Task<bool> EventAsync(string type, JsonNode thing)
    {
        byte[] line = Bytes(new JsonObject { ["type"] = type, ["object"] = thing });
        if (faults.Garble is { } garble)
        {
            line = Encoding.UTF8.GetBytes(garble(Encoding.UTF8.GetString(line)));
        }

        bool isCut = faults.TakeCut();
        await WriteAsync(isCut ? line.AsMemory(0, line.Length / 2) : (byte[])[.. line, (byte)'\n']);
        if (isCut)
        {
            context.Abort();
        }

        return !isCut;
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            await faults.Moving.WaitAsync(stop);
            SlowBody? slow = faults.Slow;
            TimeSpan pause = slow?.Pause ?? TimeSpan.Zero;
            int piece = Math.Min(slow?.PieceBytes ?? bytes.Length, bytes.Length);
            if (faults.SplitCharacters && bytes.Span[..piece].IndexOfAnyInRange((byte)0xC0, (byte)0xFF) is >= 0 and var first)
            {
                (piece, pause) = (first + 1, pause + BetweenHalves); // 0xC0 and above begin a sequence of several bytes (RFC 3629 3)
            }

            await context.Response.Body.WriteAsync(bytes[..piece], stop);
            await context.Response.Body.FlushAsync(stop);
            bytes = bytes[piece..];
            await Task.Delay(pause, stop);
        }
    }

    private static byte[] Bytes(JsonNode json) => JsonSerializer.SerializeToUtf8Bytes(json, StoredObject.Writing);
}
