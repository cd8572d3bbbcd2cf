// A storm: more threads than cores decide, each with a clock of its own that it reads now and then, are driven from core to core in the
// middle of it, and meet a new policy every few thousand decisions. Records everything that the judges of the split ask for.

using System.Diagnostics;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;
using OpenClaw.TestKit;
using OpenClaw.TestKit.Laws;

namespace OpenClaw.Edge.Tests.Laws;

internal sealed class SplitStorm
{
    public const int Threads = 6;
    private const int DecisionsBetween = 500; // two reloads
    private const int SpinsBetweenTurns = 100; // a few microseconds, the rest of an exchange

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<Decided>[] _logs = [.. Enumerable.Range(0, Threads).Select(_ => new List<Decided>(1 << 17))];
    private readonly int[] _kernelThreads = new int[Threads];
    private readonly int[] _cores = Affinity.Cores();
    private Splitter _published;
    private long _decided; // roughly, to know how it goes on
    private bool _isOver;

    private SplitStorm(RolloutPolicy first)
    {
        _published = Splitter.Create(first, previous: null, Threads, Now);
        Timeline = new PolicyTimeline(TermsOf(first));
    }

    /// <summary>Every decision of every thread, in the order in which they ended.</summary>
    public IReadOnlyList<Decided> Log { get; private set; } = [];

    public PolicyTimeline Timeline { get; }

    public ShareTotals Totals => _published.Totals();

    /// <summary>Nanoseconds since the storm began (a tick is one on Linux), plus one, so that all of it lies after the first policy.</summary>
    private long Now => Stopwatch.GetTimestamp() - _start + 1;

    /// <param name="policies">In force in turn; with as many canaries each.</param>
    /// <param name="loses">Now and then a canary cannot take its turn.</param>
    public static SplitStorm Run(IReadOnlyList<RolloutPolicy> policies, int reloads, bool loses = false)
    {
        SplitStorm storm = new(policies[0]);
        storm.Blow(policies, reloads, loses);
        return storm;
    }

    /// <summary>What the judges are told of a policy.</summary>
    public static PolicyTerms TermsOf(RolloutPolicy policy) => new(
        [.. policy.Canaries.Select(canary => canary.Weight)], policy.Bucket!.Capacity, policy.Bucket.RefillRate, [.. policy.Canaries.Select(canary => canary.Floor)]);

    private void Blow(IReadOnlyList<RolloutPolicy> policies, int reloads, bool loses)
    {
        using Barrier start = new(Threads + 1);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(worker => new Thread(() =>
        {
            _kernelThreads[worker] = Affinity.CurrentThread;
            start.SignalAndWait();
            Decide(worker, loses);
        }))];
        Array.ForEach(threads, thread => thread.Start());
        start.SignalAndWait();
        for (int reload = 1; reload <= reloads; reload++)
        {
            long until = Volatile.Read(ref _decided) + DecisionsBetween;
            Assert.True(Affinity.Pin(_kernelThreads[reload % Threads], _cores[reload / Threads % _cores.Length]));
            while (Volatile.Read(ref _decided) < until)
            {
                Thread.Yield(); // a SpinWait would sleep, and let a hundred thousand decisions pass
            }

            Reload(policies[reload % policies.Count]);
        }

        Volatile.Write(ref _isOver, true);
        Array.ForEach(threads, thread => thread.Join());
        Log = [.. _logs.SelectMany(log => log).OrderBy(entry => entry.Latest)];
    }

    private void Reload(RolloutPolicy policy)
    {
        long from = Now;
        _published.Balance(Now); // as the control thread does
        Volatile.Write(ref _published, Splitter.Create(policy, _published, Threads, Now));
        Timeline.Change(from, Now, TermsOf(policy));
    }

    /// <summary>As a worker does: one reading of the clock for all that a turn of its loop brings.</summary>
    private void Decide(int worker, bool loses)
    {
        List<Decided> log = _logs[worker];
        Random random = new(worker);
        while (!Volatile.Read(ref _isOver))
        {
            int brought = random.Next(1, 9);
            long now = Now;
            uint usable = loses && random.Next(50) == 0 ? (uint)random.Next() : uint.MaxValue;
            for (int i = 0; i < brought; i++)
            {
                Decision decision = Volatile.Read(ref _published).Decide(worker, now, usable);
                log.Add(new Decided(now, Now, VerdictOf(decision), decision.Canary, decision.IsBaseline));
            }

            Interlocked.Add(ref _decided, brought);
            Thread.SpinWait(random.Next(2 * SpinsBetweenTurns));
            if (random.Next(8) == 0)
            {
                Thread.Yield(); // or the reloads would wait for whole slices of the scheduler
            }
        }
    }

    private static Verdict VerdictOf(Decision decision) => decision.Reason switch
    {
        Reason.Stable => Verdict.NoTurn,
        Reason.Weight => Verdict.Served,
        Reason.Spilled => Verdict.Spilled,
        Reason.Unhealthy => Verdict.Lost,
        _ => throw new InvalidOperationException($"{decision.Reason} is no word of the splitter"),
    };
}
