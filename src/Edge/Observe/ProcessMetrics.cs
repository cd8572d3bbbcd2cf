// What the process takes from its machine, under the names that every Prometheus client library uses, and what its
// collector did. Side port's thread.

using System.Globalization;
using OpenClaw.Edge.Io;
using Prometheus;

namespace OpenClaw.Edge.Observe;

internal sealed class ProcessMetrics
{
    private readonly double _startSeconds = (DateTimeOffset.UtcNow - TimeSpan.FromTicks(Clock.Now / 100) - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <param name="allocatedBytes">GC bytes allocated so far, read before the scrape added to them.</param>
    public void AddTo(MetricFactory metrics, long allocatedBytes)
    {
        metrics.CreateCounter("process_cpu_seconds_total", "CPU time spent in user and kernel mode.").Inc(Environment.CpuUsage.TotalTime.TotalSeconds);
        metrics.CreateGauge("process_start_time_seconds", "When the process started, seconds since 1970.").Set(_startSeconds);
        (double total, double resident) = Memory();
        metrics.CreateGauge("process_virtual_memory_bytes", "Size of the address space.").Set(total);
        metrics.CreateGauge("process_resident_memory_bytes", "Memory in RAM.").Set(resident);
        metrics.CreateGauge("process_open_fds", "Open file descriptors.").Set(Descriptors.CountOpen());
        metrics.CreateGauge("process_max_fds", "Most file descriptors the process may open.").Set(Descriptors.Limit());

        metrics.CreateCounter("openclaw_gc_allocated_bytes_total", "Bytes allocated on the collected heap.").Inc(allocatedBytes);
        metrics.CreateGauge("openclaw_gc_heap_bytes", "Bytes in use on the collected heap, garbage included.").Set(GC.GetTotalMemory(forceFullCollection: false));
        metrics.CreateCounter("openclaw_gc_pause_seconds_total", "Time that collections held all threads.").Inc(GC.GetTotalPauseDuration().TotalSeconds);
        Counter collections = metrics.CreateCounter("openclaw_gc_collections_total", "Collections, by the oldest generation they swept.", ["generation"]);
        for (int generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            int older = generation < GC.MaxGeneration ? GC.CollectionCount(generation + 1) : 0;
            collections.WithLabels(generation.ToString(CultureInfo.InvariantCulture)).Inc(GC.CollectionCount(generation) - older);
        }
    }

    /// <summary>proc(5): the first two numbers of statm are total size and resident set, in pages.</summary>
    private static (double Total, double Resident) Memory()
    {
        string[] pages = File.ReadAllText("/proc/self/statm").Split(' ');
        double Bytes(string count) => double.Parse(count, CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        return (Bytes(pages[0]), Bytes(pages[1]));
    }
}
