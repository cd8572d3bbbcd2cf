// The guard in this process: what it finds is logged, kept over restarts and told to a webhook; operators call it. Belongs to the control
// side, under whose lock all runs but Save, which waits for the disk.

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge;

/// <summary>What an operator is told.</summary>
/// <param name="Status">Of HTTP.</param>
internal readonly record struct OperatorAnswer(int Status, string Text);

internal sealed class GuardControl
{
    private readonly RatingEngine _ratings;
    private readonly RolloutGuard _guard;
    private readonly StateDirectory? _state;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _saving = new();
    private Journal _noted = Journal.Empty; // as it was last saved or was to be
    private Journal? _unsaved;
    private bool _saveFailed; // under the lock of saving
    private Snapshot? _snapshot;

    /// <param name="state">Null: nothing outlasts the process.</param>
    /// <param name="excess">The share of a canary's flow that stable has no room for.</param>
    public GuardControl(RatingEngine ratings, StateDirectory? state, Func<string, double> excess, TimeProvider time, ILogger log)
    {
        _ratings = ratings;
        _state = state;
        _time = time;
        _log = log;
        Webhook = new WebhookSender(log, pause => Task.Delay(pause, time));
        _guard = new RolloutGuard(ratings, Tell, excess);
        if (state is not null)
        {
            Restore(state);
        }
    }

    /// <summary>Any thread.</summary>
    public GuardStatus Status => _guard.Status;

    public WebhookSender Webhook { get; }

    public long Trips(TripCause cause) => _guard.Trips(cause);

    public long WouldTrips(TripCause cause) => _guard.WouldTrips(cause);

    public Latch LatchOf(string version) => _guard.LatchOf(version);

    public void Apply(Snapshot snapshot)
    {
        _snapshot = snapshot;
        _guard.Apply(snapshot, _time.GetUtcNow());
        NoteJournal(); // a distrust ends with the first canaries, and the release of one that is out may be known now
    }

    public void Tick(long now) => _guard.Tick(now, _time.GetUtcNow());

    /// <summary>Lets canaries that are out have traffic again.</summary>
    /// <param name="version">Null: all.</param>
    public OperatorAnswer Reset(string? version)
    {
        if (Unknown(version) is { } unknown)
        {
            return unknown;
        }

        string[] reset = [.. Named(version).Where(name => _guard.Reset(name, _time.GetUtcNow()))];
        return new OperatorAnswer(200, reset.Length > 0 ? $"reset: {string.Join(", ", reset)}; tests and rating begin anew"
            : version is null ? "nothing was tripped" : $"{version} was not tripped");
    }

    /// <summary>Takes canaries out.</summary>
    /// <param name="version">Null: all.</param>
    public OperatorAnswer Abort(string? version)
    {
        if (Unknown(version) is { } unknown)
        {
            return unknown;
        }

        string[] aborted = [.. Named(version).Where(name => _guard.Abort(name, Clock.Now, _time.GetUtcNow()))];
        return new OperatorAnswer(200, aborted.Length > 0 ? $"out: {string.Join(", ", aborted)}; until another version or release takes its place, or POST /guard/reset"
            : version is not null ? $"{version} was out already"
            : Status.Canaries.Count == 0 ? "there is no canary" : "all canaries were out already");
    }

    /// <summary>Writes what has changed since the last call. Any thread but a worker's.</summary>
    public void Save()
    {
        if (_state is null || Volatile.Read(ref _unsaved) is null)
        {
            return;
        }

        lock (_saving)
        {
            if (Interlocked.Exchange(ref _unsaved, null) is not { } journal)
            {
                return;
            }

            string? problem = _state.TryWrite(journal);
            if (problem is not null)
            {
                Interlocked.CompareExchange(ref _unsaved, journal, null); // tried again, unless there is news by now
                if (!_saveFailed)
                {
                    Log.GuardState(_log, LogLevel.Error, $"{problem}; a restart would not know what the guard did");
                }
            }
            else if (_saveFailed)
            {
                Log.GuardState(_log, LogLevel.Information, "what the guard did is on the disk again");
            }

            _saveFailed = problem is not null;
        }
    }

    private void Restore(StateDirectory state)
    {
        if (state.Damage is { } damage)
        {
            Log.GuardState(_log, LogLevel.Error, $"{damage}; the canaries of the first policy that has any are out until POST /guard/reset");
        }

        _noted = state.Journal;
        _guard.Restore(state.Journal);
        foreach ((string version, Trip trip) in state.Journal.Latched)
        {
            Log.GuardRestored(_log, version, trip.Since, trip.Reason);
        }
    }

    private OperatorAnswer? Unknown(string? version) => version is null || Status.Of(version) is not null ? null
        : new OperatorAnswer(404, Status.Canaries.Count == 0 ? "there is no canary" : $"no such canary; there are: {string.Join(", ", Named(null))}");

    private string[] Named(string? version) => version is null ? [.. Status.Canaries.Select(canary => canary.Version)] : [version];

    private void Tell(GuardEvent happened)
    {
        CanaryStatus canary = happened.Canary;
        switch (happened.Kind)
        {
            case GuardEventKind.Tripped:
                Log.GuardTripped(_log, canary.Version, canary.Trip!.Reason, _state is null ? "; without --state-dir a restart forgets it, too" : "");
                break;
            case GuardEventKind.WouldTrip:
                Log.GuardWouldTrip(_log, canary.Version, canary.WouldTrip!.Reason);
                break;
            case GuardEventKind.Reset:
                Log.GuardReset(_log, canary.Version);
                break;
            case GuardEventKind.Dropped:
                Log.GuardDropped(_log, canary.Version);
                break;
            case GuardEventKind.Released:
                Log.GuardReleased(_log, canary.Version, _snapshot?.ReleaseOf(canary.Version), canary.Release, canary.Trip is null ? "" : "; it was out, and may have traffic");
                break;
        }

        NoteJournal();
        if (_snapshot?.Rollout.Guard.Webhook is { } webhook && IsTold(happened))
        {
            Webhook.Post(webhook, Document(happened, _snapshot));
        }
    }

    /// <summary>Whoever heard that a canary is out, or would be, hears that this no longer holds; that a release follows another in order is no news of the guard's.</summary>
    private static bool IsTold(GuardEvent happened) => happened.Kind switch
    {
        GuardEventKind.Dropped => false,
        GuardEventKind.Released => happened.Canary is not { Trip: null, WouldTrip: null },
        _ => true,
    };

    /// <summary>Has it saved if it says something else than before.</summary>
    private void NoteJournal()
    {
        Journal journal = _guard.Journal;
        if (_state is not null && (journal.IsDistrusted != _noted.IsDistrusted || !journal.Latched.SequenceEqual(_noted.Latched)))
        {
            _noted = journal;
            Volatile.Write(ref _unsaved, journal);
        }
    }

    /// <summary>What /status says of the canary, and of whom and where.</summary>
    private byte[] Document(GuardEvent happened, Snapshot snapshot)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 1);
            json.WriteString("event", happened.Kind switch
            {
                GuardEventKind.Tripped => "tripped",
                GuardEventKind.WouldTrip => "wouldTrip",
                GuardEventKind.Released => "released",
                _ => "reset",
            });
            json.WriteString("time", _time.GetUtcNow());
            json.WriteString("host", Environment.MachineName);
            json.WriteString("revision", snapshot.Revision);
            json.WriteString("mode", GuardLabels.Of(snapshot.Rollout.Guard.Mode));
            json.WriteStartObject("canary");
            GuardJson.WriteMembers(json, happened.Canary);
            GuardJson.WriteScore(json, "score", happened.Canary.Score);
            json.WriteEndObject();
            json.WriteStartObject("stable");
            json.WriteString("version", snapshot.Edge.Stable);
            GuardJson.WriteScore(json, "score", _ratings[snapshot.Edge.Stable].Current);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
