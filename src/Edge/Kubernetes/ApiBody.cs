// The bytes of one answer of the API server, as they come: all of them, or line by line. What it hands out is good until the next call.
// One task at a time; bounded in size and time.

using System.Buffers;
using System.IO.Pipelines;
using System.Net.Http;

namespace OpenClaw.Edge.Kubernetes;

internal sealed class ApiBody(HttpResponseMessage response, Stream stream, TimeLimit limit, TimeProvider time) : IDisposable
{
    /// <summary>More than etcd takes for an object (1.5 MiB) with room for what surrounds it.</summary>
    public const int LineBytesMax = 4 * 1024 * 1024;

    private const byte NewLine = (byte)'\n';

    private readonly PipeReader _reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 8 * 1024));
    private ReadResult _read;
    private SequencePosition? _rest; // begins behind the line that is handed out

    /// <summary>The line, without its end; or everything.</summary>
    public ReadOnlySequence<byte> Bytes { get; private set; }

    /// <summary>When the last of <see cref="Bytes"/> came (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public long CameAt { get; private set; } = time.GetTimestamp();

    /// <summary>There is no line any more: the server has ended, or the time given to the whole is up.</summary>
    public bool IsEnd { get; private set; }

    /// <param name="silence">So long at most without a byte.</param>
    /// <param name="end">So long at most from now until the next line; then it is the end, and no fault.</param>
    public async ValueTask<ApiFault?> ReadLineAsync(TimeSpan silence, TimeSpan end)
    {
        if (_rest is { } rest)
        {
            _reader.AdvanceTo(rest);
            _rest = null;
        }

        long begun = time.GetTimestamp(), searched = 0;
        while (true)
        {
            TimeSpan left = end - time.GetElapsedTime(begun);
            if (await FillAsync(left < silence ? left : silence) is { } fault)
            {
                IsEnd = left < silence && fault.Cause == WatchFailure.Silent;
                return IsEnd ? null : fault;
            }

            ReadOnlySequence<byte> buffer = _read.Buffer;
            if (buffer.Slice(searched).PositionOf(NewLine) is { } position)
            {
                Bytes = buffer.Slice(0, position);
                _rest = buffer.GetPosition(1, position);
                return null;
            }

            if (buffer.Length > LineBytesMax)
            {
                return new ApiFault(WatchFailure.Malformed, $"an event of more than {LineBytesMax >> 20} MiB");
            }

            if (_read.IsCompleted)
            {
                IsEnd = buffer.IsEmpty;
                return IsEnd ? null : new ApiFault(WatchFailure.Unreachable, "the watch ended in the middle of an event");
            }

            searched = buffer.Length;
            _reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    public async ValueTask<ApiFault?> ReadAllAsync(TimeSpan patience, int bytesMax = LineBytesMax)
    {
        long begun = time.GetTimestamp();
        while (true)
        {
            if (await FillAsync(patience - time.GetElapsedTime(begun)) is { } fault)
            {
                return fault;
            }

            if (_read.Buffer.Length > bytesMax)
            {
                return new ApiFault(WatchFailure.Malformed, $"an answer of more than {bytesMax >> 10} KiB");
            }

            if (_read.IsCompleted)
            {
                Bytes = _read.Buffer;
                return null;
            }

            _reader.AdvanceTo(_read.Buffer.Start, _read.Buffer.End);
        }
    }

    public void Dispose()
    {
        _reader.Complete();
        response.Dispose();
        limit.Dispose();
    }

    private async ValueTask<ApiFault?> FillAsync(TimeSpan patience)
    {
        try
        {
            limit.Begin(patience > TimeSpan.Zero ? patience : TimeSpan.Zero);
            _read = await _reader.ReadAsync(limit.Token);
            CameAt = time.GetTimestamp();
            return null;
        }
        catch (OperationCanceledException) when (!limit.Stop.IsCancellationRequested)
        {
            return new ApiFault(WatchFailure.Silent, $"nothing has come for {patience.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return new ApiFault(WatchFailure.Unreachable, ApiFault.OneLine((e.InnerException ?? e).Message));
        }
    }
}
