// Starts and stops the process in order: identities, listeners, workers, watcher, ticks; and back, with a drain in between.
// A hosted service, so that signals, lifetime and logging are Microsoft.Extensions.Hosting's.

using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Listen;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Tls;

namespace OpenClaw.Edge;

public sealed class EdgeServer : IHostedService
{
    private static readonly TimeSpan ResolveInterval = TimeSpan.FromSeconds(10);

    /// <summary>So long the start waits for the first word of an API server.</summary>
    private static readonly TimeSpan FirstWord = TimeSpan.FromSeconds(2);

    private readonly ConfigurationLoader _loader;
    private readonly LoadResult _first;
    private readonly Snapshot _snapshot;
    private readonly RunOptions _options;
    private readonly LogLevelSwitch _levels;
    private readonly ILogger _log;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly List<(Worker Worker, Listener Listener)> _openings = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<IDisposable> _disposables = [];
    private IDisposable? _stateHold; // until the process ends
    private Control _control = null!;

    private EdgeServer(ConfigurationLoader loader, LoadResult first, RunOptions options, LogLevelSwitch levels, ILogger log)
    {
        _loader = loader;
        _first = first;
        _snapshot = first.Snapshot!;
        _options = options;
        _levels = levels;
        _log = log;
    }

    /// <summary>Serves until a signal, or <paramref name="stop"/>, ends it. The result is the process's exit code.</summary>
    /// <param name="log">Where the log goes instead of stderr.</param>
    public static async Task<int> RunAsync(
        ConfigurationLoader loader, LoadResult first, RunOptions options, ILoggerProvider? log = null, CancellationToken stop = default)
    {
        LogLevelSwitch levels = new();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddFilter(levels.Allows)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None); // a start that fails is told in one line, below
        if (log is null)
        {
            LogToStandardError(builder.Logging, options.LogFormat);
        }
        else
        {
            builder.Logging.AddProvider(log);
        }

        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan); // the drain has its own
        builder.Services.AddHostedService(services => new EdgeServer(loader, first, options, levels, services.GetRequiredService<ILoggerFactory>().CreateLogger("openclaw")));
        using IHost host = builder.Build();
        try
        {
            await host.RunAsync(stop);
            return ExitCode.Clean;
        }
        catch (Exception e) when (e is StartException or AccessLogException)
        {
            await Console.Error.WriteLineAsync($"openclaw-edge: {e.Message}");
            return ExitCode.BadInput;
        }
    }

    private static void LogToStandardError(ILoggingBuilder logging, LogFormat format)
    {
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (format == LogFormat.Json)
        {
            logging.AddJsonConsole(json => json.TimestampFormat = "O");
        }
        else
        {
            logging.Services.AddSingleton<ConsoleFormatter>(new LogLine());
            logging.AddConsole(console => console.FormatterName = LogLine.FormatName);
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        long descriptors = Descriptors.RaiseLimit();
        int workers = _snapshot.Edge.Workers > 0 ? _snapshot.Edge.Workers : Cores.Usable();
        StateDirectory? state = null;
        if (_options.StateDir is { } directory)
        {
            _stateHold = StateDirectory.Hold(directory);
            state = StateDirectory.Open(directory);
        }

        _control = new Control(_snapshot, workers, _time, _log, state);
        if (_snapshot.Edge.Admin is { } admin)
        {
            SidePort sidePort = SidePort.Open(admin.EndPoint, new SidePages(_control, _levels, static () => Clock.Now, _log), _time);
            sidePort.Start(); // and never stopped: it answers until the process ends
            Log.SidePort(_log, $"http://{sidePort.Address}");
        }

        OpenAccessLog();
        ConfigurationWatcher watcher = await FollowAsync();
        List<string> addresses = [];
        _control.Listeners = [.. _snapshot.Edge.Listeners.Select(Context)];
        foreach (ListenerContext context in _control.Listeners)
        {
            (int[] opened, string address) = ListeningSocket.Open(context.Settings, workers);
            for (int i = 0; i < opened.Length; i++)
            {
                Worker worker = _control.Workers[i];
                Listener listener = new(worker, _control.Workers, context, _control.Admission, opened[i]);
                _openings.Add((worker, listener));
            }

            addresses.Add(context.Settings.UnixPath != null ? address : (context.Settings.Tls is null ? "http://" : "https://") + address);
        }

        _control.Addresses = addresses;
        foreach ((Worker worker, Listener listener) in _openings)
        {
            worker.Loop.Post(listener.Open);
        }

        foreach (Worker worker in _control.Workers)
        {
            worker.Start();
        }

        _disposables.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            _control.AccessLog?.Reopen();
            watcher.RequestReload();
        }));
        _control.Phase = Phase.Serving;
        new Thread(RunControl) { Name = "control", IsBackground = true }.Start();
        foreach (string address in addresses)
        {
            Log.Listening(_log, address, workers, descriptors); // last: who reads this may connect, and send signals
        }
    }

    /// <summary>Whoever has a say in the configuration is listened to from now on; the first word counts from the first request on, if it comes soon.</summary>
    private async Task<ConfigurationWatcher> FollowAsync()
    {
        KubernetesControl kubernetes = new(_control, KubernetesControl.Connect, _time, _log);
        _control.Kubernetes = kubernetes;
        _disposables.Add(kubernetes);
        ConfigurationWatcher watcher = new(_loader, _first, _time, kubernetes.Apply);
        _disposables.Add(watcher);
        kubernetes.Start(watcher);
        await kubernetes.HearFirstWordsAsync(FirstWord);
        return watcher;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _control.Phase = Phase.Draining;
        TimeSpan grace = _control.Plan.Snapshot.Edge.Timeouts.Drain;
        Log.Draining(_log, OpenConnections, grace.TotalSeconds);
        await Task.WhenAll(_openings.Select(opening => CloseAsync(opening.Worker, opening.Listener))); // backlogs are in before anyone counts
        _control.Drain();
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20));
        long deadline = Clock.Now + Clock.Nanoseconds(grace);
        while (OpenConnections > 0 && Clock.Now < deadline)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        await _stopping.CancelAsync();
        _control.Guard.Save();
        _disposables.ForEach(disposable => disposable.Dispose());
        Log.Drained(_log, OpenConnections);
    }

    private static Task CloseAsync(Worker worker, Listener listener)
    {
        TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        worker.Loop.Post(() =>
        {
            listener.Close();
            closed.SetResult();
        });
        return closed.Task;
    }

    private int OpenConnections => _control.Workers.Sum(worker => worker.Connections.Count);

    private void OpenAccessLog()
    {
        if (_snapshot.Edge.AccessLog.IsOn)
        {
            AccessLog accessLog = new(_snapshot.Edge.AccessLog, _control.Workers.Count, _time, _log);
            foreach (Worker worker in _control.Workers)
            {
                worker.AccessLog = accessLog.Worker(worker.Index);
            }

            accessLog.Start();
            _disposables.Add(accessLog);
            _control.AccessLog = accessLog;
        }
    }

    private ListenerContext Context(ListenerSettings settings)
    {
        List<Fault> faults = [];
        ServerIdentity? identity = settings.Tls is null ? null : ServerIdentity.Load(settings.Tls, faults);
        int httpsPort = _snapshot.Edge.Listeners.FirstOrDefault(other => other.Tls is not null)?.EndPoint?.Port ?? 443;
        return faults.Count == 0 ? new ListenerContext(settings, identity, httpsPort) : throw new StartException(string.Join(Environment.NewLine, faults));
    }

    /// <summary>The control thread: ratings every tick, names now and then.</summary>
    private void RunControl()
    {
        long resolveAt = Clock.Now + Clock.Nanoseconds(ResolveInterval);
        while (!_stopping.Token.WaitHandle.WaitOne(RatingEngine.TickInterval))
        {
            _control.Tick(Clock.Now);
            _control.Kubernetes!.Tick();
            if (Clock.Now >= resolveAt)
            {
                _control.ResolveAsync().Wait();
                resolveAt = Clock.Now + Clock.Nanoseconds(ResolveInterval);
            }
        }
    }
}
