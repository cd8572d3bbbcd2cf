// The access log: one line per exchange, formatted by the workers into their own rings and written by one thread. When that
// thread cannot keep up (a full disk, a pipe nobody reads) lines are dropped and counted; a worker never waits for it.

using Microsoft.Extensions.Logging;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Observe;

/// <summary>One worker's end of the log. Worker's thread, but for the count.</summary>
internal sealed class WorkerAccessLog(AccessLog log, LineRing ring, bool json, TimeProvider time)
{
    private readonly byte[] _line = new byte[AccessEntry.LineBytesMax];
    private long _dropped; // the worker writes

    public LineRing Ring => ring;

    public long Dropped => Volatile.Read(ref _dropped);

    public void Write(AccessEntry entry, in AccessOutcome outcome)
    {
        int length = entry.Format(outcome, time.GetUtcNow().UtcDateTime, json, _line);
        if (length == 0 || !ring.TryAdd(_line.AsSpan(0, length)))
        {
            Volatile.Write(ref _dropped, _dropped + 1);
        }

        log.Wake(ring.Length);
    }
}

internal sealed class AccessLog : IDisposable
{
    /// <summary>Of one worker: some 3,000 lines, which is 60 ms at 50,000 requests a second.</summary>
    private const int RingBytes = 1 << 20;

    /// <summary>A line waits at most so long, and less under load.</summary>
    private static readonly TimeSpan Age = TimeSpan.FromMilliseconds(100);

    /// <summary>How long the end of the process waits for an output that does not move.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly WorkerAccessLog[] _workers;
    private readonly AutoResetEvent _wake = new(false);
    private readonly int _wakeBytes;
    private readonly ILogger _log;
    private readonly Thread _thread;
    private LogSink _sink;
    private long _lost; // lines that could not be written; the writing thread writes
    private bool _failing;
    private volatile bool _isAwake;
    private volatile bool _reopen;
    private volatile bool _stopping;

    /// <exception cref="AccessLogException">The file cannot be written.</exception>
    public AccessLog(AccessLogSettings settings, int workers, TimeProvider time, ILogger log, int ringBytes = RingBytes)
    {
        _log = log;
        _wakeBytes = ringBytes / 4;
        _sink = LogSink.Open(settings.Path);
        _workers = new WorkerAccessLog[workers];
        for (int i = 0; i < workers; i++)
        {
            _workers[i] = new WorkerAccessLog(this, new LineRing(ringBytes), settings.Format == AccessLogFormat.Json, time);
        }

        _thread = new Thread(Run) { Name = "access-log", IsBackground = true };
    }

    /// <summary>Lines that nobody will read. Any thread.</summary>
    public long Dropped => Volatile.Read(ref _lost) + _workers.Sum(worker => worker.Dropped);

    public WorkerAccessLog Worker(int index) => _workers[index];

    public void Start() => _thread.Start();

    /// <summary>Opens the path anew, after something moved the file away. Any thread.</summary>
    public void Reopen()
    {
        _reopen = true;
        _wake.Set();
    }

    /// <summary>Called by workers after every line: tells the writing thread not to wait out its time.</summary>
    public void Wake(int waitingBytes)
    {
        if (waitingBytes >= _wakeBytes && !_isAwake)
        {
            _isAwake = true;
            _wake.Set();
        }
    }

    /// <summary>Writes what is there and ends. Workers must have stopped adding.</summary>
    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted) || _thread.Join(Farewell))
        {
            _sink.Dispose();
        }
    }

    private void Run()
    {
        bool last;
        do
        {
            _wake.WaitOne(Age);
            last = _stopping;
            _isAwake = false;
            if (_reopen)
            {
                _reopen = false;
                OpenAnew();
            }

            foreach (WorkerAccessLog worker in _workers)
            {
                WriteOut(worker.Ring);
            }
        }
        while (!last);
    }

    /// <summary>Writes what had been added when it began: whole lines, so that those of two workers never mix.</summary>
    private void WriteOut(LineRing ring)
    {
        for (int left = ring.Length; left > 0;)
        {
            ReadOnlySpan<byte> bytes = ring.Peek(left);
            if (_sink.Write(bytes) is { } fault)
            {
                Volatile.Write(ref _lost, _lost + bytes.Count((byte)'\n'));
                Report(fault);
            }
            else if (_failing)
            {
                _failing = false;
                Log.AccessLogWritten(_log, Dropped);
            }

            ring.Take(bytes.Length);
            left -= bytes.Length;
        }
    }

    private void OpenAnew()
    {
        try
        {
            LogSink opened = LogSink.Open(_sink.Path);
            _sink.Dispose();
            _sink = opened;
        }
        catch (AccessLogException e)
        {
            Log.AccessLogFailed(_log, e.Message); // and the file that is open stays in use
        }
    }

    private void Report(string fault)
    {
        if (!_failing)
        {
            _failing = true;
            Log.AccessLogFailed(_log, fault);
        }
    }
}
