// Starts and stops the process in order: identities, listeners, workers, watcher, ticks; and back, with a drain in between.
// A hosted service, so that signals, lifetime and logging are Microsoft.Extensions.Hosting's.

using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Listen;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Tls;

namespace OpenClaw.Edge;

public sealed class EdgeServer : IHostedService
{
    private static readonly TimeSpan ResolveInterval = TimeSpan.FromSeconds(10);

    private readonly ConfigurationLoader _loader;
    private readonly LoadResult _first;
    private readonly Snapshot _snapshot;
    private readonly ILogger _log;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly List<Listener> _listeners = [];
    private readonly List<(Worker Worker, Listener Listener)> _openings = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<IDisposable> _disposables = [];
    private Control _control = null!;

    private EdgeServer(ConfigurationLoader loader, LoadResult first, ILogger log)
    {
        _loader = loader;
        _first = first;
        _snapshot = first.Snapshot!;
        _log = log;
    }

    /// <summary>Serves until a signal, or <paramref name="stop"/>, ends it. The result is the process's exit code.</summary>
    /// <param name="log">Where the log goes instead of stderr.</param>
    public static async Task<int> RunAsync(
        ConfigurationLoader loader, LoadResult first, RunOptions options, ILoggerProvider? log = null, CancellationToken stop = default)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
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
        builder.Services.AddHostedService(services => new EdgeServer(loader, first, services.GetRequiredService<ILoggerFactory>().CreateLogger("openclaw")));
        using IHost host = builder.Build();
        try
        {
            await host.RunAsync(stop);
            return 0;
        }
        catch (ListenException e)
        {
            await Console.Error.WriteLineAsync($"openclaw-edge: {e.Message}");
            return 2;
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
            logging.AddSimpleConsole(text => (text.SingleLine, text.TimestampFormat, text.ColorBehavior) = (true, "HH:mm:ss.fff ", LoggerColorBehavior.Disabled));
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        long descriptors = Descriptors.RaiseLimit();
        int workers = _snapshot.Edge.Workers > 0 ? _snapshot.Edge.Workers : Cores.Usable();
        _control = new Control(_snapshot, workers, _time, _log);
        await _control.ResolveAsync(cancellationToken);
        _control.Listeners = [.. _snapshot.Edge.Listeners.Select(Context)];
        foreach (ListenerContext context in _control.Listeners)
        {
            (int[] opened, string address) = ListeningSocket.Open(context.Settings, workers);
            for (int i = 0; i < opened.Length; i++)
            {
                Worker worker = _control.Workers[i];
                Listener listener = new(worker, _control.Workers, context, _control.Admission, opened[i]);
                _listeners.Add(listener);
                _openings.Add((worker, listener));
            }

            Log.Listening(_log, (context.Settings.Tls is null ? "http://" : "https://") + address, workers, descriptors);
        }

        foreach ((Worker worker, Listener listener) in _openings)
        {
            worker.Loop.Post(listener.Open);
        }

        foreach (Worker worker in _control.Workers)
        {
            worker.Start();
        }

        ConfigurationWatcher watcher = new(_loader, _first, _time, _control.Apply);
        _disposables.Add(watcher);
        _disposables.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            watcher.RequestReload();
        }));
        _ = TickAsync();
        _ = ResolveAsync();
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        TimeSpan grace = _control.Plan.Snapshot.Edge.Timeouts.Drain;
        Log.Draining(_log, OpenConnections, grace.TotalSeconds);
        foreach ((Worker worker, Listener listener) in _openings)
        {
            worker.Loop.Post(listener.Close);
            worker.Drain();
        }

        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20));
        long deadline = Clock.Now + Clock.Nanoseconds(grace);
        while (OpenConnections > 0 && Clock.Now < deadline)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        await _stopping.CancelAsync();
        _disposables.ForEach(disposable => disposable.Dispose());
        Log.Drained(_log, OpenConnections);
    }

    private int OpenConnections => _control.Workers.Sum(worker => worker.Connections.Count);

    private ListenerContext Context(ListenerSettings settings)
    {
        List<Fault> faults = [];
        ServerIdentity? identity = settings.Tls is null ? null : ServerIdentity.Load(settings.Tls, faults);
        int httpsPort = _snapshot.Edge.Listeners.FirstOrDefault(other => other.Tls is not null)?.EndPoint?.Port ?? 443;
        return faults.Count == 0 ? new ListenerContext(settings, identity, httpsPort) : throw new ListenException(string.Join(Environment.NewLine, faults));
    }

    private async Task TickAsync()
    {
        using PeriodicTimer timer = new(RatingEngine.TickInterval);
        while (await timer.WaitForNextTickAsync(_stopping.Token).AsTask().ContinueWith(tick => tick is { IsCompletedSuccessfully: true, Result: true }, TaskScheduler.Default))
        {
            _control.Tick(Clock.Now);
        }
    }

    private async Task ResolveAsync()
    {
        using PeriodicTimer timer = new(ResolveInterval);
        while (await timer.WaitForNextTickAsync(_stopping.Token).AsTask().ContinueWith(tick => tick is { IsCompletedSuccessfully: true, Result: true }, TaskScheduler.Default))
        {
            await _control.ResolveAsync(_stopping.Token);
        }
    }
}
