// What one worker counts.

using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class VersionTallyTests
{
    private const long Target = 500;

    [Fact]
    public void Successes_AreSortedByLatency()
    {
        VersionTally tally = new VersionTally();
        foreach (long latency in new long[] { 0, 500, 501, 2000, 2001, long.MaxValue })
        {
            tally.Record(Outcome.Success, latency, Target);
        }

        Assert.Equal(new OutcomeCounts(Satisfied: 2, Tolerated: 2, Slow: 2, Errors: 0, Aborts: 0), tally.Read(matched: false));
    }

    [Fact]
    public void ErrorsAndAborts_CountWhateverTheirLatencyAndClientErrorsNever()
    {
        VersionTally tally = new VersionTally();
        tally.Record(Outcome.Error, 1, Target);
        tally.Record(Outcome.Error, 9999, Target);
        tally.Record(Outcome.ClientAbort, 1, Target);
        tally.Record(Outcome.ClientError, 1, Target);

        Assert.Equal(new OutcomeCounts(0, 0, 0, Errors: 2, Aborts: 1), tally.Read(matched: false));
        Assert.Equal(3, tally.Read(matched: false).Samples);
    }

    [Theory]
    [InlineData(101, Outcome.Success)]
    [InlineData(204, Outcome.Success)]
    [InlineData(304, Outcome.Success)]
    [InlineData(400, Outcome.ClientError)]
    [InlineData(408, Outcome.Error)]
    [InlineData(429, Outcome.ClientError)]
    [InlineData(499, Outcome.ClientError)]
    [InlineData(500, Outcome.Error)]
    [InlineData(599, Outcome.Error)]
    public void Status_HasItsOutcome(int status, Outcome outcome) => Assert.Equal(outcome, Outcomes.FromStatus(status));

    [Fact]
    public void Record_AllocatesNothing()
    {
        VersionTally tally = new VersionTally();
        Allocations.AssertNone(1000, i => tally.Record((Outcome)(i % 4), i, Target));
    }

    /// <summary>While a worker counts, each look sees at least what the look before saw: windows are fed by differences.</summary>
    [Fact]
    public async Task Reader_NeverSeesACountRunBack()
    {
        VersionTally tally = new VersionTally();
        using CancellationTokenSource over = new CancellationTokenSource();
        Task worker = Task.Run(() =>
        {
            for (int i = 0; !over.IsCancellationRequested; i++)
            {
                tally.Record((Outcome)(i % 4), i % 3000, Target, isMatched: i % 2 == 0);
            }
        });

        OutcomeCounts seen = default;
        for (int i = 0; i < 100_000; i++)
        {
            OutcomeCounts now = tally.Read(matched: false), more = now - seen;
            Assert.True(Math.Min(Math.Min(more.Satisfied, more.Tolerated), Math.Min(Math.Min(more.Slow, more.Errors), more.Aborts)) >= 0, more.ToString());
            seen = now;
        }

        over.Cancel();
        await worker;
    }
}
