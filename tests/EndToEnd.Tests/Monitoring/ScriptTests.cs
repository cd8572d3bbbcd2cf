// The small clients of deploy/examples: what they say, and the exit codes that scripts go by, of a real Prometheus and of one that has nothing good to say.

using OpenClaw.TestKit;

namespace OpenClaw.EndToEnd.Tests.Monitoring;

[Collection(nameof(Monitored))]
public sealed class ScriptTests(MonitoringStage stage, ScriptTests.Programs programs) : IClassFixture<ScriptTests.Programs>
{
    /// <summary>Arguments, exit code, and what is printed.</summary>
    public static TheoryData<string[], int, string> Ratings => new()
    {
        { ["--job", MonitoringStage.Good, "--version", "v2"], 0, @"^v2 (0\.9\d\d|1\.000) \(0\.\d{3} to (0\.9\d\d|1\.000), \d{3,} samples\)$" },
        { ["--namespace", "openclaw", "--lower", "--min", "0.8"], 0, @"^v2 \d" },
        { ["--namespace", "openclaw", "--lower", "--min", "1"], 1, @"^v2 .*: lower bound 0\.\d{3} is below 1\.0$" },
        { ["--job", MonitoringStage.Observed], 1, @"^v2 0\.\d{3} \(.* samples\): score 0\.\d{3} is below 0\.7$" },
        { ["--job", MonitoringStage.Tripped, "--min", "0", "--samples", "1"], 1, @"^v2 0\.\d{3} \(.* samples\)\nthe guard has taken a canary out on 1 of the edges$" },
        { [], 1, @"^v2 0\.\d{3} .*\nthe guard has taken" },
        { ["--job", MonitoringStage.Good, "--samples", "100000"], 2, @"^v2 .*: \d{3,} samples are too few, 100000 are asked for$" },
        { ["--job", MonitoringStage.Good, "--version", "v3"], 2, "^openclaw_rating: no edge rates v3 now$" },
        { ["--version", "v1"], 2, "^openclaw_rating: no edge rates v1 now$" }, // stable
        { ["--version", "\"} or vector(1) # \\ é"], 2, "^openclaw_rating: no edge rates .* now$" },
        { ["--min"], 2, "usage: " },
    };

    /// <summary>Arguments, exit code, and what is printed.</summary>
    public static TheoryData<string[], int, string> Buckets => new()
    {
        { ["-job", MonitoringStage.Good], 0, @"^fine: \d+ % of the tokens were left at the least within 5m0s, of 1 edges$" },
        { ["-job", MonitoringStage.Good, "-below", "1.1"], 1, @"^127\.0\.0\.1:\d+: \d+ % of its tokens were left at the least within 5m0s$" },
        { ["-job", MonitoringStage.Observed, "-window", "2m"], 1, @"^127\.0\.0\.1:\d+: \d % of its tokens were left at the least within 2m0s$" },
        { [], 1, @"^127\.0\.0\.1:\d+: \d % of its tokens were left at the least within 5m0s$" },
        { ["-job", MonitoringStage.Tripped], 2, "no edge has a bucket" },
        { ["-job", "\"} or vector(1) # \\ é"], 2, "no edge has a bucket" },
        { ["-window", "0"], 2, "Usage" },
        { ["-below", "much"], 2, "invalid value" },
    };

    /// <summary>What comes instead of an answer, and what is said of it.</summary>
    public static TheoryData<string, string> Troubles => new()
    {
        { Json("200 OK", """{"status":"success","data":{"resultType":"vector","result":[]}}"""), "no edge" },
        { Json("200 OK", """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"version":"v2","instance":"a:9901"},"value":[1,"NaN"]}]}}"""), "no number" },
        { Json("200 OK", """{"status":"success","data":{}}"""), "." },
        { Json("200 OK", """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"many"]}]}}"""), "." },
        { Json("200 OK", "[]"), "." },
        { Json("422 Unprocessable Entity", """{"status":"error","errorType":"execution","error":"query timed out"}"""), "execution: query timed out" },
        { Json("502 Bad Gateway", "<html>Bad Gateway</html>"), "." },
        { "", "." },
    };

    [Theory]
    [MemberData(nameof(Ratings))]
    public Task Rating_IsPrinted(string[] arguments, int exitCode, string printed) => AssertAsync(Python(["--url", Real(), .. arguments]), exitCode, printed);

    [Theory]
    [MemberData(nameof(Buckets))]
    public Task Bucket_IsWarnedOf(string[] arguments, int exitCode, string printed) => AssertAsync(Go(["-url", Real(), .. arguments]), exitCode, printed);

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task Rating_ThatCannotBeHad_IsCode2(string answer, string printed)
    {
        await using RawUpstream server = Troubled(answer);
        await AssertAsync(Python(["--url", server.Url, "--timeout", "1"]), 2, printed);
    }

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task Bucket_ThatCannotBeSeen_IsCode2(string answer, string printed)
    {
        await using RawUpstream server = Troubled(answer);
        await AssertAsync(Go(["-url", server.Url, "-timeout", "1s"]), 2, printed);
    }

    [Fact]
    public async Task NobodyThere_IsCode2()
    {
        string url = $"http://127.0.0.1:{Ports.Free()}";
        await AssertAsync(Python(["--url", url]), 2, "refused");
        await AssertAsync(Go(["-url", url]), 2, "refused");
    }

    /// <summary>It may stand in the URL, and what a job prints is kept.</summary>
    [Fact]
    public async Task Password_IsNotPrinted()
    {
        string url = $"http://user:s3cret@127.0.0.1:{Ports.Free()}";
        foreach ((string file, IEnumerable<string> arguments) in new[] { Python(["--url", url]), Go(["-url", url]) })
        {
            await using Child run = await Child.RunAsync(file, arguments);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("refused", run.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cret", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task GoProgram_IsAsItsFormatterAndVetWantIt()
    {
        Go([]);
        await using Child formatted = await Child.RunAsync(Needs.Program("gofmt"), ["-l", Programs.GoFolder]);
        Assert.Equal("", formatted.Output);
        await AssertAsync(programs.GoTool("vet", Path.Combine(Programs.GoFolder, "main.go")), 0, "^$");
    }

    private static async Task AssertAsync((string File, IEnumerable<string> Arguments) command, int exitCode, string printed)
    {
        await using Child run = await Child.RunAsync(command.File, command.Arguments);
        Assert.True(run.ExitCode == exitCode, $"{run.ExitCode}: {run.Output}");
        Assert.Matches(printed, run.Output);
        Assert.DoesNotMatch("Traceback|panic|goroutine", run.Output);
    }

    private string Real()
    {
        stage.AssertRuns();
        return stage.Url;
    }

    private static (string, IEnumerable<string>) Python(IEnumerable<string> arguments)
    {
        Assert.SkipUnless(Directory.Exists(Programs.PythonPackage), Peer.WhyMissing("python3-requests"));
        return (Programs.Python, [Path.Combine(Programs.Folder, "python", "openclaw_rating.py"), .. arguments]);
    }

    private (string, IEnumerable<string>) Go(IEnumerable<string> arguments)
    {
        Assert.SkipWhen(programs.Bucket is null, Peer.WhyMissing("go with client_golang"));
        return (programs.Bucket!, arguments);
    }

    /// <summary>Gives this answer to everything; "": none, ever.</summary>
    private static RawUpstream Troubled(string answer) => answer.Length > 0 ? RawUpstream.Answering(answer) : RawUpstream.Start(async wire =>
    {
        while (await wire.ReadRequestAsync() is { IsComplete: true })
        {
        }
    });

    private static string Json(string status, string body) => $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    /// <summary>The Go program, built as Debian builds its own: from packages, without a module proxy. The Python one needs no building.</summary>
    public sealed class Programs : IAsyncLifetime
    {
        public const string Python = "/usr/bin/python3"; // the one that Debian's packages are for
        public const string PythonPackage = "/usr/lib/python3/dist-packages/requests";

        private const string GoPath = "/usr/share/gocode";

        public static readonly string Folder = Path.Combine(EdgeProcess.Repository, "deploy", "examples", "clients");
        public static readonly string GoFolder = Path.Combine(Folder, "go");

        private readonly TestFolder _folder = new();

        /// <summary>Null: go or the library is not here.</summary>
        public string? Bucket { get; private set; }

        public async ValueTask InitializeAsync()
        {
            if (Peer.Find("go") is not null && Directory.Exists($"{GoPath}/src/github.com/prometheus/client_golang/api"))
            {
                (string file, IEnumerable<string> arguments) = GoTool("build", "-o", _folder.Path("bucket"), Path.Combine(GoFolder, "main.go"));
                await using Child build = await Child.RunAsync(file, arguments, TimeSpan.FromMinutes(2));
                Assert.True(build.ExitCode == 0, build.Output);
                Bucket = _folder.Path("bucket");
            }
        }

        public (string File, IEnumerable<string> Arguments) GoTool(params IEnumerable<string> arguments) =>
            ("/usr/bin/env", ["GO111MODULE=off", "GOFLAGS=", $"GOPATH={GoPath}", $"GOCACHE={_folder.Path("cache")}", Peer.Find("go")!, .. arguments]);

        public ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
