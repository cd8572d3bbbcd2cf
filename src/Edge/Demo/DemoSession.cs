// One run of the demo from start to end: files, sample versions, a real edge started as `run` starts it, traffic, and the
// face. Main task; the sample versions and the clients share one loop on a thread of its own, the edge has its workers.

using System.Runtime.InteropServices;
using System.Text.Json;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Listen;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Demo;

/// <param name="Port">Where to listen for http; null: 8080, or another if that is taken; 0: any.</param>
/// <param name="Rate">Requests per second.</param>
/// <param name="Seconds">Ends by itself after so many; 0: never.</param>
internal sealed record DemoOptions(int? Port, int Rate, int Seconds);

internal sealed class DemoSession : IDisposable
{
    private const int FramesPerSecond = 4;
    private const int LogLines = 2;
    private const double WeightStep = 0.05;
    private const int BrokenPercent = 20;

    private static readonly TimeSpan StableLatency = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan CanaryLatency = TimeSpan.FromMilliseconds(6);
    private static readonly TimeSpan SlowLatency = TimeSpan.FromMilliseconds(200); // twice the policy's latencyTarget

    private readonly DemoOptions _options;
    private readonly EventLoop _loop = new();
    private readonly Thread _thread;
    private readonly DemoFiles _files = new();
    private readonly DemoLog _log = new(TimeProvider.System);
    private readonly CancellationTokenSource _stop = new();
    private readonly DemoPorts _ports;
    private readonly SampleVersion _stable;
    private readonly SampleVersion _canary;
    private readonly Traffic _traffic;
    private readonly LoopbackClient _side;
    private readonly DemoView _view;
    private readonly Queue<(long At, long Stable, long Canary)> _past = [];
    private EdgeStatus _status = EdgeStatus.Unknown;
    private volatile bool _quitting; // set by keys, signals and the clock

    private DemoSession(DemoOptions options, DemoPorts ports)
    {
        _options = options;
        _ports = ports;
        _stable = new SampleVersion(_loop, DemoFiles.Stable, StableLatency);
        _canary = new SampleVersion(_loop, DemoFiles.Canary, CanaryLatency);
        _traffic = new Traffic(_loop, _ports.Http, options.Rate);
        _side = new LoopbackClient(_loop, _ports.Admin);
        _view = new DemoView(_ports, _files.PolicyPath, options.Rate);
        _files.Write(_ports, _stable.Port, _canary.Port, options.Rate);
        _stable.Open();
        _canary.Open();
        _thread = new Thread(_loop.Run) { Name = "demo", IsBackground = true };
        _thread.Start();
    }

    /// <returns>The edge's exit code.</returns>
    public static async Task<int> RunAsync(DemoOptions options, TextWriter output, TextWriter error)
    {
        bool any = options.Port == 0;
        int[] ports;
        try
        {
            ports = LoopbackPort.Choose(insist: options.Port is not null, options.Port ?? 8080, any ? 0 : 8443, any ? 0 : 9901);
        }
        catch (StartException e)
        {
            await error.WriteLineAsync($"openclaw-edge: {e.Message}");
            return ExitCode.BadInput;
        }

        using DemoSession session = new(options, new DemoPorts(ports[0], ports[1], ports[2]));
        return await session.RunAsync(output, error);
    }

    public void Dispose()
    {
        _loop.Post(_stable.Close);
        _loop.Post(_canary.Close);
        _loop.Post(_side.Close);
        _loop.Stop();
        _thread.Join();
        _loop.Dispose();
        _files.Dispose();
        _stop.Dispose();
    }

    private async Task<int> RunAsync(TextWriter output, TextWriter error)
    {
        ConfigurationLoader loader = new(new LaunchSettings { ConfigFlag = _files.EdgePath });
        LoadResult first = loader.Load(TimeProvider.System);
        if (first.Snapshot is null)
        {
            await error.WriteLineAsync(string.Join(Environment.NewLine, first.Faults));
            return ExitCode.BadInput;
        }

        // The edge drains on the first two by itself. SIGHUP, which a terminal sends that is closed, is to the edge a wish to reload.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        Task<int> edge = EdgeServer.RunAsync(loader, first, new RunOptions(StateDir: null, LogFormat.Text), _log, _stop.Token);
        if (await AnswersAsync(edge))
        {
            Task traffic = await _loop.CallAsync(() => Task.FromResult(_traffic.RunAsync()));
            await ShowAsync(output, edge);
            Quit();
            await Task.WhenAny(traffic, edge);
            _status = await ReadStatusAsync();
            await output.WriteLineAsync(DemoView.Summary(_traffic, _status));
        }

        await _stop.CancelAsync();
        return await edge;
    }

    /// <summary>Waits for the first answer through the edge. False: it ended instead.</summary>
    private async Task<bool> AnswersAsync(Task edge)
    {
        LoopbackClient client = new(_loop, _ports.Http);
        while (!edge.IsCompleted && !_quitting)
        {
            LoopbackAnswer answer = await _loop.CallAsync(() => client.GetAsync("/"));
            _loop.Post(client.Close);
            if (answer.Status != 0)
            {
                return true;
            }

            await Task.Delay(10);
        }

        return false;
    }

    private async Task ShowAsync(TextWriter output, Task edge)
    {
        using Terminal? terminal = Terminal.Open(output);
        long logSeen = 0;
        if (terminal is null)
        {
            await output.WriteLineAsync(string.Join(Environment.NewLine, _view.Introduction));
        }

        using PeriodicTimer timer = new(TimeSpan.FromSeconds(1.0 / FramesPerSecond));
        for (int frame = 1; !edge.IsCompleted && !_quitting && (_options.Seconds == 0 || frame <= _options.Seconds * FramesPerSecond); frame++)
        {
            await timer.WaitForNextTickAsync();
            _status = await ReadStatusAsync();
            DemoFrame seen = Frame(terminal is null ? logSeen : Math.Max(0, _log.After(0).Written - LogLines));
            if (terminal is not null)
            {
                terminal.Paint(_view.Picture(seen));
                while (terminal.TryReadKey(out char key))
                {
                    await PressAsync(key);
                }
            }
            else if (frame % FramesPerSecond == 0)
            {
                logSeen = _log.After(0).Written;
                foreach (string line in seen.LogLines.Append(DemoView.Line(seen)))
                {
                    await output.WriteLineAsync(line);
                }
            }
        }
    }

    private DemoFrame Frame(long logSeen)
    {
        (long At, long Stable, long Canary) now = (Clock.Now, _traffic.Stable.Requests, _traffic.Canary.Requests);
        _past.Enqueue(now);
        (long At, long Stable, long Canary) then = _past.Peek();
        if (_past.Count > FramesPerSecond)
        {
            _past.Dequeue();
        }

        double seconds = Math.Max(now.At - then.At, 1) / 1e9;
        return new DemoFrame(
            _status, _traffic, (now.Stable - then.Stable) / seconds, (now.Canary - then.Canary) / seconds,
            _canary.ErrorPercent > 0, _canary.Latency == SlowLatency, _log.After(logSeen).Lines);
    }

    private async Task PressAsync(char key)
    {
        switch (key)
        {
            case 'q' or 'Q':
                Quit();
                break;
            case 'b' or 'B':
                _canary.ErrorPercent = _canary.ErrorPercent == 0 ? BrokenPercent : 0;
                break;
            case 's' or 'S':
                _canary.Latency = _canary.Latency == SlowLatency ? CanaryLatency : SlowLatency;
                break;
            case 'r' or 'R':
                await _loop.CallAsync(() => _side.PostAsync($"/guard/reset?version={DemoFiles.Canary}", _files.Token));
                break;
            case '+' or '=':
                _files.ChangeWeight(WeightStep);
                break;
            case '-':
                _files.ChangeWeight(-WeightStep);
                break;
        }
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        Quit();
    }

    private void Quit()
    {
        _quitting = true;
        _traffic.Stop();
    }

    private async Task<EdgeStatus> ReadStatusAsync()
    {
        try
        {
            LoopbackAnswer answer = await _loop.CallAsync(() => _side.GetAsync("/status"));
            return answer.Status == 200 ? EdgeStatus.Read(answer.Body) : _status;
        }
        catch (JsonException)
        {
            return _status;
        }
    }
}
