// Which room may know which, read off the source text: using lines, names of other rooms, and types of the rooms that need
// no using line. What breaks the rule and is known stands here by name; a name that no longer breaks it must go.

using System.Text.RegularExpressions;

namespace OpenClaw.Edge.Tests;

public sealed partial class HouseTests
{
    private const int LinesMax = 400;

    /// <summary>The files straight below src/Edge, where the parts are put together. Their types need no using line anywhere in Edge.</summary>
    private const string Top = "Top";

    /// <summary>The pages of the side port: they read every part of the running process, and only EdgeServer knows them.</summary>
    private const string SidePort = "SidePort";

    /// <summary>The page that shows the way of a request: stricter than the other files of the top.</summary>
    private const string Exchange = "Exchange";

    private static readonly string[] SidePortFiles =
        ["BearerToken", "Exposition", "FeedbackMetrics", "GuardMetrics", "KubernetesMetrics", "LogLevelSwitch", "PolicyPage", "PrecountedText", "ProcessMetrics", "SideConnection", "SidePages", "SidePort", "StatusPage"];

    /// <summary>Data flows down this list; knowledge points one way.</summary>
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Protocol"] = [],
        ["Io"] = [],
        ["Policy"] = ["Protocol"],
        ["Limit"] = ["Protocol", "Policy"],
        ["Split"] = ["Protocol", "Policy"], // heads are bytes
        ["Rating"] = ["Policy"],
        ["Guard"] = ["Policy", "Split", "Rating"],
        ["Feedback"] = ["Protocol", "Policy", "Limit", "Rating"],
        ["Tls"] = ["Policy", "Io"],
        ["Forward"] = ["Io", "Tls", "Protocol", "Policy"],
        ["Observe"] = ["Io", "Protocol", "Policy", "Limit", "Split", "Forward", "Rating"], // what is counted; never who calls it
        [SidePort] = ["Io", "Protocol", "Policy", "Split", "Forward", "Rating", "Guard", "Feedback", "Kubernetes", "Observe", "Listen", Top],
        ["Listen"] = ["Io", "Policy", "Tls"],
        [Exchange] = ["Protocol", "Io", "Split", "Forward", "Rating", "Observe", Top],
        [Top] = ["Protocol", "Io", "Policy", "Limit", "Split", "Rating", "Guard", "Feedback", "Tls", "Forward", "Kubernetes", "Observe", "Listen", Exchange],
        ["Kubernetes"] = ["Policy"],
        ["Simulate"] = ["Policy", "Split"],
        ["Drill"] = ["Policy", "Split", "Rating", "Guard", "Forward", "Simulate"], // of Forward the pace at which the dead are tried
        ["Explain"] = ["Protocol", "Policy", "Split"],
        ["Demo"] = ["Protocol", "Io", "Policy", "Listen", Top],
        ["Cli"] = ["Protocol", "Policy", "Split", "Tls", "Demo", "Simulate", "Drill", "Explain", Top],
    };

    /// <summary>Words that a room must not say: things of the machine and of other rooms it stays ignorant of.</summary>
    private static readonly Dictionary<string, string> NeverSays = new()
    {
        ["Protocol"] = "Socket|SslStream|Stopwatch|TimeProvider|DateTime|DateTimeOffset|ILogger|Task",
        ["Io"] = "RequestHead|ResponseHead|SslStream|ILogger",
        ["Policy"] = "Libc|EventLoop|PipeReader|PipeWriter|SslStream",
        ["Limit"] = "Stopwatch|TimeProvider|DateTime|DateTimeOffset|Socket|File|Task",
        ["Split"] = "Stopwatch|TimeProvider|DateTime|DateTimeOffset|Socket|File|Task",
        ["Simulate"] = "Stopwatch|TimeProvider|Socket|File|Task|Thread",
        ["Explain"] = "Stopwatch|TimeProvider|Socket|File|Task|Thread",
        ["Rating"] = "Stopwatch|TimeProvider|DateTime|DateTimeOffset|Socket|RequestHead|ResponseHead",
        ["Feedback"] = "Stopwatch|TimeProvider|DateTime|DateTimeOffset|Socket|File|Task|Thread",
        ["Guard"] = "Stopwatch|TimeProvider|DateTime|Socket|File|Task|Thread|RequestHead|ResponseHead",
        ["Drill"] = "Stopwatch|TimeProvider|Socket|File|Task|Thread",
        ["Kubernetes"] = "Stopwatch|DateTime|DateTimeOffset|Thread|ILogger|RequestHead|ResponseHead|EventLoop",
        ["Tls"] = "RequestHead|ResponseHead|BodyFraming",
        [Exchange] = "Libc|SocketTransport|SslStream|TlsTransport",
    };

    /// <summary>(file, room or word) pairs that break the rules above today.</summary>
    private static readonly HashSet<(string File, string What)> Known =
    [
        // A connection counts on its worker and takes exchanges from it, and the worker keeps the table of connections.
        ("Listen/Connection.cs", Top), ("Listen/ConnectionTable.cs", Top), ("Listen/Listener.cs", Top), ("Listen/Connection.cs", Exchange),

        // Where the process begins: with its verbs.
        ("Program.cs", "Cli"),
    ];

    /// <summary>Files outside of Io that call libc: listening sockets, one log file, one directory, and one errno.</summary>
    private static readonly HashSet<string> CallsLibc =
    [
        "StateDirectory.cs", "Listen/Listener.cs", "Listen/ListeningSocket.cs", "Observe/LogSink.cs", "Observe/SidePort.cs", "Forward/EndpointPool.cs",
        "Demo/LoopbackPort.cs", "Demo/SampleVersion.cs",
    ];

    internal static readonly string Root = FindRoot();

    private static readonly SourceFile[] Files = [.. Read("src/Protocol"), .. Read("src/Edge")];

    [Fact]
    public void Rooms_KnowOnlyWhatTheyMayUse()
    {
        HashSet<(string, string)> broken = [];
        foreach (SourceFile file in Files)
        {
            string[] allowed = MayUse[file.Room];
            broken.UnionWith(Used(file).Where(room => room != file.Room && !allowed.Contains(room)).Select(room => (file.Name, room)));
            if (NeverSays.TryGetValue(file.Room, out string? words))
            {
                broken.UnionWith(Regex.Matches(file.Code, $@"\b({words})\b").Select(match => (file.Name, match.Value)));
            }
        }

        Assert.Empty(broken.Except(Known));
        Assert.Empty(Known.Except(broken));
    }

    [Fact]
    public void Libc_IsCalledInIoAndWhereItIsKnown() =>
        Assert.Equal(CallsLibc.Order(), Files.Where(file => file.Room != "Io" && file.Code.Contains("Libc.", StringComparison.Ordinal)).Select(file => file.Name).Order());

    /// <summary>The binary has no engine for them, and would take every text for a match: src/Edge/Substitutions.xml.</summary>
    [Fact]
    public void Sources_HaveNoRegularExpressions() =>
        Assert.DoesNotContain(Files, file => Regex.IsMatch(file.Code, @"RegularExpressions|\bRegex\b"));

    [Fact]
    public void Namespaces_FollowFolders() => Assert.All(Files, file =>
    {
        string folder = Path.GetDirectoryName(file.Name)!;
        string expected = file.Room == "Protocol" ? "OpenClaw.Protocol" : folder == "" ? "OpenClaw.Edge" : $"OpenClaw.Edge.{folder}";
        Assert.True(file.Name == "Program.cs" || file.Code.Contains($"\nnamespace {expected};\n", StringComparison.Ordinal), file.Name);
    });

    [Fact]
    public void Sources_OpenWithWhatTheyOwn() => Assert.All(Files, file => Assert.StartsWith("// ", file.Text, StringComparison.Ordinal));

    [Fact]
    public void Files_EndBeforeTheSecondIdea() =>
        Assert.All([.. Files, .. Read("tests"), .. Read("bench")], file => Assert.InRange(file.Text.AsSpan().Count('\n'), 1, LinesMax));

    [Fact]
    public void SidePortFiles_AreAllThere() =>
        Assert.Equal(SidePortFiles, Files.Where(file => file.Room == SidePort).Select(file => Path.GetFileNameWithoutExtension(file.Name)).Order(StringComparer.Ordinal));

    /// <summary>The rooms that a file names: by using line, by the room's name before a dot, or by a type that needs no using line.</summary>
    private static HashSet<string> Used(SourceFile file)
    {
        HashSet<string> used = [];
        foreach (Match name in Names().Matches(file.Code))
        {
            string room = name.Groups["room"].Value;
            if (MayUse.ContainsKey(room) && (!name.Groups["type"].Success || TypesOf(room).Contains(name.Groups["type"].Value)))
            {
                used.Add(room);
            }
        }

        if (file.Room == "Protocol")
        {
            return used;
        }

        used.UnionWith(new[] { Top, Exchange }.Where(room => file.Room != room && Mentions(file, room)));
        if (file.Room != SidePort && file.Name != "EdgeServer.cs" && Mentions(file, SidePort))
        {
            used.Add(SidePort);
        }

        return used;
    }

    /// <summary>Whether a type of the room stands in the code; a method of the same name is followed by its arguments.</summary>
    private static bool Mentions(SourceFile file, string room)
    {
        string any = string.Join('|', TypesOf(room));
        return Regex.IsMatch(file.Code, $@"\bnew ({any})\b|(?<![.\w])({any})\b(?!\s*[(<;=]| =>| \{{)");
    }

    private static IEnumerable<string> TypesOf(string room) =>
        Files.Where(file => file.Room == room).SelectMany(file => TypeNames().Matches(file.Code)).Select(match => match.Groups["name"].Value).Distinct();

    private static IEnumerable<SourceFile> Read(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(Path.Combine(Root, folder), path);
            if (!name.Split('/').Any(part => part is "bin" or "obj"))
            {
                string text = File.ReadAllText(path);
                yield return new SourceFile(name, RoomOf(folder, name), text, NotCode().Replace(text, ""));
            }
        }
    }

    private static string RoomOf(string folder, string name) =>
        folder != "src/Edge" ? Path.GetFileName(folder)
        : name == "Exchange.cs" ? Exchange
        : !name.Contains('/') ? Top
        : name.StartsWith("Observe/", StringComparison.Ordinal) && SidePortFiles.Contains(Path.GetFileNameWithoutExtension(name)) ? SidePort
        : name[..name.IndexOf('/')];

    private static string FindRoot()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "OpenClaw.Aot.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException("the tests do not run inside the working copy");
    }

    /// <summary>Comments and plain strings. (Texts with braces are left: what stands in the braces is code.)</summary>
    [GeneratedRegex("""(?<![:"])//[^\n]*|(?<![$@"])"(?:[^"\\\n]|\\.)*"(?!")""")]
    private static partial Regex NotCode();

    /// <summary>A using line or a full name; or a room's name before one of its types, which the enclosing namespace allows.</summary>
    [GeneratedRegex(@"(?<!namespace )OpenClaw\.(?:Edge\.)?(?<room>[A-Z]\w+)|(?<![.\w])(?<room>[A-Z]\w+)\.(?<type>[A-Z]\w+)")]
    private static partial Regex Names();

    [GeneratedRegex(@"\b(?:class|struct|enum|record|interface) (?!struct\b|class\b)(?<name>[A-Z]\w+)")]
    private static partial Regex TypeNames();

    /// <param name="Name">Path below src/Edge, src/Protocol, tests or bench.</param>
    /// <param name="Code">The text without comments and plain strings.</param>
    private sealed record SourceFile(string Name, string Room, string Text, string Code)
    {
        public override string ToString() => Name;
    }
}
