// A control side with workers whose threads do not run, unless a test starts them: tests count on their behalf.

using Microsoft.Extensions.Logging.Abstractions;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tests.Policy;

namespace OpenClaw.Edge.Tests.Observe;

internal sealed class ControlFixture : IDisposable
{
    private readonly List<Thread> _threads = [];

    public ControlFixture(string? policy = TestFolder.Policy, string edge = TestFolder.Edge, int workers = 2, StateDirectory? state = null)
    {
        Control = new Control(TestFolder.Load(edge, policy).Snapshot!, workers, TimeProvider.System, NullLogger.Instance, state);
    }

    public Control Control { get; }

    /// <summary>What pages take for the time, nanoseconds since the process started.</summary>
    public long Now { get; set; }

    public VersionCounters Counters(string version, int worker = 0) =>
        Control.Workers[worker].VersionOf(Control.Plan.Versions.Single(live => live.Name == version)).Counters;

    /// <summary>From here on what is posted to the workers is done, by themselves.</summary>
    public void StartWorkers() => _threads.AddRange(Control.Workers.Select(worker => worker.Start()));

    public void Reload(string edge, string? policy) => Control.Apply(TestFolder.Load(edge, policy));

    public string Metrics() => System.Text.Encoding.UTF8.GetString(new Exposition(Control, () => Now).Render());

    /// <summary>The series of a scrape, by name and labels as written.</summary>
    public Dictionary<string, double> Series() => Metrics().Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line[0] != '#')
        .ToDictionary(line => line[..line.LastIndexOf(' ')], line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    public void Dispose()
    {
        foreach (Worker worker in Control.Workers)
        {
            worker.Loop.Stop();
        }

        _threads.ForEach(thread => thread.Join());
        foreach (Worker worker in Control.Workers)
        {
            worker.Loop.Dispose();
        }
    }
}
