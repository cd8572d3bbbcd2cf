// One thread's epoll loop: waits, tells watchers what their descriptors can do, fires deadlines, runs what other threads
// posted. Everything above it on the same worker runs inside these callbacks, so nothing here is locked except the inbox.

using System.Collections.Concurrent;
using System.Diagnostics;

namespace OpenClaw.Edge.Io;

/// <summary>Something that owns one descriptor in a loop.</summary>
internal abstract class Watcher : TimerEntry
{
    internal int WatchSlot = -1;

    /// <param name="events">EPOLL* bits; edge-triggered, so each report is given once.</param>
    protected internal abstract void OnEvents(uint events);
}

internal sealed unsafe class EventLoop : IDisposable
{
    private const int EventsPerWait = 256;

    private readonly int _epoll;
    private readonly int _wakeup;
    private readonly byte[] _events = GC.AllocateArray<byte>(EventsPerWait * 16, pinned: true);
    private readonly ConcurrentQueue<Action> _inbox = new();
    private int _posted; // what is in there at least; anyone adds, the loop subtracts. To ask the queue costs ten times as much, every turn
    private Watcher?[] _watchers = new Watcher[256];
    private uint[] _generations = new uint[256];
    private readonly Stack<int> _freeSlots = new();
    private int _slotsUsed = 1; // slot 0 is the wake-up descriptor
    private int _thread;
    private int _asleep;
    private bool _stopping;

    public EventLoop()
    {
        _epoll = Libc.epoll_create1(Libc.EPOLL_CLOEXEC);
        _wakeup = Libc.eventfd(0, Libc.EFD_NONBLOCK | Libc.EFD_CLOEXEC);
        if (_epoll < 0 || _wakeup < 0 || Control(Libc.EPOLL_CTL_ADD, _wakeup, Libc.EPOLLIN, 0) < 0)
        {
            throw new IOException($"cannot create an epoll loop: {Libc.Describe(Libc.Errno)}");
        }

        Now = Clock.Now;
    }

    /// <summary>The clock of this turn in nanoseconds since process start (<see cref="Clock"/>): read once after each wait.</summary>
    public long Now { get; private set; }

    public TimerWheel Timers { get; } = new();

    public SlabPool Slabs { get; } = new();

    /// <summary>Runs on the calling thread until <see cref="Stop"/>. An exception that escapes a callback ends the process: nothing above knows what state it left.</summary>
    public void Run()
    {
        _thread = Environment.CurrentManagedThreadId;
        while (!_stopping)
        {
            int count = Wait();
            Now = Clock.Now;
            Dispatch(count);
            Timers.Advance(Now);
            RunPosted();
        }
    }

    /// <summary>Runs <paramref name="work"/> on the loop's thread, soon. Any thread may call.</summary>
    public void Post(Action work)
    {
        _inbox.Enqueue(work);
        Interlocked.Increment(ref _posted);
        if (Interlocked.Exchange(ref _asleep, 0) == 1)
        {
            ulong one = 1;
            _ = Libc.write(_wakeup, &one, sizeof(ulong));
        }
    }

    /// <summary>Await it to let everything else that is ready go first.</summary>
    public NextTurn Yield() => new(this);

    public void Stop() => Post(() => _stopping = true);

    [Conditional("DEBUG")]
    public void AssertOnLoop() => Debug.Assert(_thread == 0 || _thread == Environment.CurrentManagedThreadId, "left the loop's thread");

    /// <summary>Starts reporting on a descriptor: edge-triggered for in, out and hang-up, or level-triggered for in only.</summary>
    /// <returns>False when the kernel refuses (errno tells).</returns>
    public bool Watch(Watcher watcher, int fd, bool edgeTriggered = true)
    {
        AssertOnLoop();
        int slot = TakeSlot();
        uint events = edgeTriggered ? Libc.EPOLLIN | Libc.EPOLLOUT | Libc.EPOLLRDHUP | Libc.EPOLLET : Libc.EPOLLIN;
        if (Control(Libc.EPOLL_CTL_ADD, fd, events, ((ulong)_generations[slot] << 32) | (uint)slot) < 0)
        {
            _freeSlots.Push(slot);
            return false;
        }

        _watchers[slot] = watcher;
        watcher.WatchSlot = slot;
        return true;
    }

    /// <summary>Ends reporting. Closing the descriptor takes it out of epoll; a report already fetched is told apart by its generation.</summary>
    public void Forget(Watcher watcher)
    {
        AssertOnLoop();
        if (watcher.WatchSlot >= 0)
        {
            _watchers[watcher.WatchSlot] = null;
            _generations[watcher.WatchSlot]++;
            _freeSlots.Push(watcher.WatchSlot);
            watcher.WatchSlot = -1;
        }

        Timers.Cancel(watcher);
    }

    /// <summary>Stops reports for a descriptor that stays open.</summary>
    public void Unwatch(Watcher watcher, int fd)
    {
        Control(Libc.EPOLL_CTL_DEL, fd, 0, 0);
        Forget(watcher);
    }

    public void Dispose()
    {
        Libc.close(_epoll);
        Libc.close(_wakeup);
    }

    /// <summary>What is posted meanwhile is left to the next turn, so that work that posts itself again holds nobody up.</summary>
    private void RunPosted()
    {
        for (int left = Volatile.Read(ref _posted); left > 0 && _inbox.TryDequeue(out Action? work); left--)
        {
            Interlocked.Decrement(ref _posted);
            work();
        }
    }

    private int Wait()
    {
        long pause = Timers.UntilNext(Now);
        int milliseconds = pause < 0 ? -1 : (int)Math.Min((pause + 999_999) / 1_000_000, 60_000);
        Interlocked.Exchange(ref _asleep, 1);
        if (Volatile.Read(ref _posted) > 0)
        {
            milliseconds = 0;
        }

        int count;
        fixed (byte* events = _events)
        {
            count = Libc.epoll_wait(_epoll, events, EventsPerWait, milliseconds);
        }

        _asleep = 0;
        return count < 0 ? 0 : count; // EINTR is the only failure that can come here
    }

    private void Dispatch(int count)
    {
        ReadOnlySpan<byte> bytes = _events;
        int size = Libc.EpollEventSize;
        int dataOffset = size - sizeof(ulong);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> record = bytes.Slice(i * size, size);
            uint events = BitConverter.ToUInt32(record);
            ulong data = BitConverter.ToUInt64(record[dataOffset..]);
            int slot = (int)(uint)data;
            if (slot == 0)
            {
                ulong ignored;
                _ = Libc.read(_wakeup, &ignored, sizeof(ulong));
            }
            else if (_generations[slot] == (uint)(data >> 32))
            {
                _watchers[slot]?.OnEvents(events);
            }
        }
    }

    private int TakeSlot()
    {
        if (_freeSlots.TryPop(out int slot))
        {
            return slot;
        }

        if (_slotsUsed == _watchers.Length)
        {
            Array.Resize(ref _watchers, _slotsUsed * 2);
            Array.Resize(ref _generations, _slotsUsed * 2);
        }

        return _slotsUsed++;
    }

    private int Control(int operation, int fd, uint events, ulong data)
    {
        // SAFETY: 16 bytes hold either ABI's epoll_event; the kernel copies it before the call returns.
        byte* record = stackalloc byte[16];
        *(uint*)record = events;
        *(ulong*)(record + Libc.EpollEventSize - sizeof(ulong)) = data;
        return Libc.epoll_ctl(_epoll, operation, fd, record);
    }
}

/// <summary>Goes on in the loop's next turn.</summary>
internal readonly struct NextTurn(EventLoop loop) : System.Runtime.CompilerServices.ICriticalNotifyCompletion
{
    public bool IsCompleted => false;

    public NextTurn GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => loop.Post(continuation);

    public void UnsafeOnCompleted(Action continuation) => loop.Post(continuation);
}
