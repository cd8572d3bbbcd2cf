// What outlasts a restart: the bytes, the file, and the guard that begins with them.

using System.Text;
using CsCheck;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Listen;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Tests.Observe;
using OpenClaw.Edge.Tests.Policy;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class JournalTests : IDisposable
{
    private static readonly DateTimeOffset Then = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Score Half = Score.Unknown.With(0.5, 0.25, 0.75, 60);
    private static readonly Journal OfV2 = new([("v2", new Trip(TripCause.Latency, Then, "over the latency target: \"9\" of 10", Half))]);

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Path(string name) => System.IO.Path.Combine(_folder.Root, name);

    [Fact]
    public void Bytes_ReadBackAsTheyWereWritten() =>
        Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 1, 63], Gen.Enum<TripCause>(), Gen.DateTimeOffset, Gen.String[Gen.Char[' ', '~'], 0, 300], Gen.String[Gen.Char[' ', '~'], 1, 63], Gen.Bool).Sample((version, cause, since, reason, release, distrusted) =>
        {
            Journal journal = new([(version, new Trip(cause, since, reason, Half) { Release = release }), ("other", new Trip(cause, since, "", Score.Unknown))], distrusted);
            Journal read = Journal.TryRead(journal.ToBytes())!;
            AssertSame(journal, read);
            Assert.Equal([release, null], read.Latched.Select(entry => entry.Trip.Release));
            Assert.Equal(distrusted, read.IsDistrusted);
        });

    /// <summary>A latch must not open because bytes were lost or changed.</summary>
    [Fact]
    public void EveryPartOfAFile_IsDamage()
    {
        byte[] bytes = OfV2.ToBytes();
        for (int length = 0; length < bytes.Length - 2; length++)
        {
            Assert.Null(Journal.TryRead(bytes.AsMemory(0, length)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"schemaVersion":2,"distrusted":false,"latched":[]}""")]
    [InlineData("""{"schemaVersion":1,"latched":[]}""")]
    [InlineData("""{"schemaVersion":1,"distrusted":false,"latched":{}}""")]
    [InlineData("""{"schemaVersion":1,"distrusted":false,"latched":[1]}""")]
    [InlineData("""{"schemaVersion":1,"distrusted":false,"latched":[{"version":"","cause":"errors","since":"2026-01-01T00:00:00Z","reason":"","score":{"value":1,"lower":0,"upper":1,"samples":0}}]}""")]
    [InlineData("""{"schemaVersion":1,"distrusted":false,"latched":[{"version":"v2","release":7,"cause":"errors","since":"2026-01-01T00:00:00Z","reason":"","score":{"value":1,"lower":0,"upper":1,"samples":0}}]}""")]
    [InlineData("""{"schemaVersion":1,"distrusted":false,"latched":[{"version":"v2","release":"0123456789012345678901234567890123456789012345678901234567890123","cause":"errors","since":"2026-01-01T00:00:00Z","reason":"","score":{"value":1,"lower":0,"upper":1,"samples":0}}]}""")]
    [InlineData("""{"schemaVersion":1,"distrusted":false,"latched":[{"version":"v2","cause":"boredom","since":"2026-01-01T00:00:00Z","reason":"","score":{"value":1,"lower":0,"upper":1,"samples":0}}]}""")]
    [InlineData("""{"schemaVersion":1,"distrusted":false,"latched":[{"version":"v2","cause":"errors","since":"yesterday","reason":"","score":{"value":1,"lower":0,"upper":1,"samples":0}}]}""")]
    [InlineData("""{"schemaVersion":1,"distrusted":false,"latched":[{"version":2,"cause":"errors","since":"2026-01-01T00:00:00Z","reason":"","score":{"value":1,"lower":0,"upper":1,"samples":0}}]}""")]
    [InlineData("""{"schemaVersion":1,"distrusted":false,"latched":[{"version":"v2","cause":"errors","since":"2026-01-01T00:00:00Z","reason":"","score":{"value":2,"lower":0,"upper":1,"samples":0}}]}""")]
    public void OtherDocuments_AreNone(string text) => Assert.Null(Journal.TryRead(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void AnyBytes_AreReadOrRefusedWithoutAnException() =>
        Gen.Select(Gen.Int[0, OfV2.ToBytes().Length - 1], Gen.Byte).Sample((at, value) =>
        {
            byte[] bytes = OfV2.ToBytes();
            bytes[at] = value;
            Journal.TryRead(bytes);
        });

    [Fact]
    public void Size_IsBounded()
    {
        Journal large = new([.. Enumerable.Range(0, 500).Select(i => ($"v{i}", new Trip(TripCause.Errors, Then, new string('é', 5000), Half) { Release = new string('é', 63) }))]);

        Assert.InRange(Journal.TryRead(large.ToBytes())!.Latched.Count, 8, 500);
        Assert.Null(Journal.TryRead(new byte[Journal.BytesMax + 1]));
    }

    /// <summary>A file of an edge that knew of no releases.</summary>
    [Fact]
    public void EntryWithoutRelease_IsReadAsOneThatNobodyNamed()
    {
        const string text = """{"schemaVersion":1,"distrusted":false,"latched":[{"version":"v2","cause":"errors","since":"2026-01-01T00:00:00Z","reason":"r","score":{"value":1,"lower":0,"upper":1,"samples":0}}]}""";
        Trip trip = Assert.Single(Journal.TryRead(Encoding.UTF8.GetBytes(text))!.Latched).Trip;
        Assert.Equal((TripCause.Errors, null), (trip.Cause, trip.Release));
    }

    /// <summary>No label's value is that long. Cut off it would be another release, which opens latches.</summary>
    [Fact]
    public void ReleaseThatIsTooLong_IsNotKept()
    {
        Journal journal = new([("v2", OfV2.Latched[0].Trip with { Release = new string('a', 64) })]);
        Assert.Null(Assert.Single(Journal.TryRead(journal.ToBytes())!.Latched).Trip.Release);
    }

    [Fact]
    public void Directory_IsMadeAndHoldsWhatWasWritten()
    {
        StateDirectory state = StateDirectory.Open(Path("a/b"));
        Assert.Empty(state.Journal.Latched);
        Assert.Null(state.TryWrite(OfV2));

        StateDirectory again = StateDirectory.Open(Path("a/b"));
        AssertSame(OfV2, again.Journal);
        Assert.Null(again.Damage);
        Assert.Equal(["guard.json"], Directory.GetFiles(Path("a/b")).Select(System.IO.Path.GetFileName));
    }

    [Fact]
    public void HalfWrittenSuccessor_ChangesNothing()
    {
        StateDirectory.Open(Path("s")).TryWrite(OfV2);
        File.WriteAllText(Path("s/guard.json.new"), "{\"schemaV");

        AssertSame(OfV2, StateDirectory.Open(Path("s")).Journal);
    }

    [Theory]
    [InlineData("{\"schemaVersion\":1")]
    [InlineData("")]
    [InlineData(null)] // too large
    public void DamagedFile_IsKeptAsideAndDistrustLastsUntilACanaryComes(string? content)
    {
        Directory.CreateDirectory(Path("s"));
        string damaged = content ?? new string(' ', Journal.BytesMax + 1);
        File.WriteAllText(Path("s/guard.json"), damaged);
        StateDirectory state = StateDirectory.Open(Path("s"));

        Assert.True(state.Journal.IsDistrusted);
        Assert.Contains("guard.json.damaged", state.Damage);
        Assert.Equal(damaged, File.ReadAllText(Path("s/guard.json.damaged")));
        Assert.True(StateDirectory.Open(Path("s")).Journal.IsDistrusted); // after another restart, too
    }

    [Fact]
    public void UnusableDirectory_IsToldInOneLine()
    {
        File.WriteAllText(Path("file"), "");
        StartException e = Assert.Throws<StartException>(() => StateDirectory.Open(Path("file")));
        Assert.StartsWith($"--state-dir {Path("file")} cannot be used: ", e.Message);
        Assert.DoesNotContain('\n', e.Message);
        Assert.EndsWith("it is a file; write a directory", e.Message);
        Assert.Throws<StartException>(() => StateDirectory.Open("/proc/nowhere"));
        Assert.Equal("--state-dir has no value; write --state-dir DIR", Assert.Throws<StartException>(() => StateDirectory.Open("")).Message);
    }

    [Fact]
    public void LostDirectory_IsAProblemAndNoException()
    {
        StateDirectory state = StateDirectory.Open(Path("s"));
        Directory.Delete(Path("s"), recursive: true);

        Assert.Contains("guard.json cannot be written: ", state.TryWrite(OfV2));
        Directory.CreateDirectory(Path("s"));
        Assert.Null(state.TryWrite(OfV2));
    }

    [Fact]
    public void Control_SavesWhatChangedAndTriesAgain()
    {
        string File() => System.IO.File.ReadAllText(Path("s/guard.json"));
        using ControlFixture edge = new(state: StateDirectory.Open(Path("s")));
        edge.Control.Abort(null);
        edge.Control.Tick(1);
        Assert.Equal(["v2"], Journal.TryRead(Encoding.UTF8.GetBytes(File()))!.Latched.Select(entry => entry.Version));

        Directory.Delete(Path("s"), recursive: true);
        edge.Control.ResetGuard("v2");
        edge.Control.Tick(2);
        Directory.CreateDirectory(Path("s"));
        edge.Control.Tick(3);
        Assert.Empty(Journal.TryRead(Encoding.UTF8.GetBytes(File()))!.Latched);
    }

    [Fact]
    public void RestoredCanary_IsOutFromTheFirstRequestOn()
    {
        GuardScene scene = new(OfV2, "v2", "v3");

        Assert.True(scene.Guard.LatchOf("v2").IsTripped);
        Assert.False(scene.Guard.LatchOf("v3").IsTripped);
        Assert.Equal((GuardState.Tripped, GateVerdict.Fail, Then), (scene["v2"].State, scene["v2"].Verdict, scene["v2"].Since));
        Assert.Equal(OfV2.Latched[0].Trip, scene["v2"].Trip);
        scene.Pass(("v1", 100, 0), ("v2", 100, 0));
        Assert.Same(OfV2.Latched[0].Trip.Score, scene.Ratings["v2"].Current);
        Assert.Equal("0.500"u8, scene.Ratings["v2"].Current.FieldValue);
        Assert.Equal(0, scene.Guard.Trips(TripCause.Latency)); // it was counted then
        Assert.Empty(scene.Events);
        scene.Pass();
        Assert.Equal(OfV2.Latched, scene.Guard.Journal.Latched);

        Assert.True(scene.Guard.Reset("v2", scene.Utc));
        scene.Ruin("v2");
        Assert.Equal(TripCause.Errors, scene["v2"].Trip!.Cause);
    }

    /// <summary>Scores hold bytes, which records compare by reference.</summary>
    private static void AssertSame(Journal expected, Journal actual) => Assert.Equal(expected.ToBytes(), actual.ToBytes());

    [Fact]
    public void RestoredVersionOfNoPolicy_WaitsForOneThatHasCanaries()
    {
        GuardScene scene = new(OfV2);
        scene.Pass();
        Assert.Equal(OfV2.Latched, scene.Guard.Journal.Latched);
        Assert.Equal(GuardState.Tripped, Assert.Single(scene.Guard.Status.Canaries).State);
        scene.Apply("v3");
        Assert.Empty(scene.Guard.Journal.Latched);
    }

    [Fact]
    public void AfterDamage_TheFirstCanariesAreOutAndLaterOnesAreNot()
    {
        GuardScene scene = new(Journal.Empty with { IsDistrusted = true });
        Assert.True(scene.Guard.Journal.IsDistrusted);
        scene.Apply("v2", "v3");
        scene.Apply("v2", "v3", "v4");

        Assert.Equal([TripCause.State, TripCause.State, null], scene.Guard.Status.Canaries.Select(canary => canary.Trip?.Cause));
        Assert.True(scene.Guard.LatchOf("v3").Bars());
        Assert.False(scene.Guard.Journal.IsDistrusted);
        Assert.Equal(["v2", "v3"], scene.Guard.Journal.Latched.Select(entry => entry.Version));
        Assert.True(scene.Guard.Reset("v2", scene.Utc));
        Assert.False(scene.Guard.LatchOf("v2").IsTripped);
    }
}
