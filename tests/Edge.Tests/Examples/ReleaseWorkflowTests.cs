// The GitHub Actions workflow: against its published schema, and against what that cannot see. The scripts it calls have tests of their own.

using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OpenClaw.TestKit;

namespace OpenClaw.Edge.Tests.Examples;

[SupportedOSPlatform("linux")]
public sealed class ReleaseWorkflowTests
{
    private const string Place = "deploy/examples/github-actions/release.yaml";

    /// <summary>The schema of the workflow files is not of this repository: it is read where somebody has put it.</summary>
    private static readonly string Schema = Path.Combine(
        Environment.GetEnvironmentVariable("OPENCLAW_SCHEMAS") ?? Path.Combine(HouseTests.Root, "..", "shared", "schemas"), "schemastore", "github-workflow.json");

    private static readonly JsonObject Workflow = Assert.Single(YamlFile.Read(Place));

    private static JsonObject[] Steps => [.. Jobs.SelectMany(job => job.Value!["steps"]!.AsArray()).Select(step => (JsonObject)step!)];

    private static JsonObject Jobs => (JsonObject)Workflow["jobs"]!;

    public static TheoryData<string> Scripts => [.. Directory.GetFiles(YamlFile.Path("deploy/examples/github-actions"), "*.sh").Select(file => Path.GetRelativePath(HouseTests.Root, file))];

    [Fact]
    public async Task Workflow_IsValid()
    {
        const string check = """
            const { createRequire } = require('module');
            const need = createRequire(process.argv[2] + '/');
            const { readFileSync } = require('fs');
            const validate = new (need('ajv').default)({ strict: false, allErrors: true }).compile(JSON.parse(readFileSync(process.argv[3], 'utf8')));
            const document = need('yaml').parse(readFileSync(process.argv[4], 'utf8'));
            for (const spoil of [false, true]) {
              if (spoil) document.jobs.release.step = [];
              console.log(validate(document), spoil || JSON.stringify(validate.errors));
            }
            """;
        string? node = Peer.Find("node", "nodejs");
        Assert.SkipWhen(node is null, Peer.WhyMissing("node"));
        Assert.SkipWhen(NpmPeer.Package("ajv") is null || NpmPeer.Package("yaml") is null, NpmPeer.WhyMissing("ajv"));
        Assert.SkipUnless(File.Exists(Schema), $"there is no schema of GitHub workflows at {Schema}; OPENCLAW_SCHEMAS can name the folder that has it");
        using TestFolder folder = new();
        await using Child run = await Child.RunAsync(node!, [folder.Write("check.cjs", check), NpmPeer.Folder, Schema, YamlFile.Path(Place)]);
        Assert.Equal("true null\nfalse true", run.Output);
    }

    [Fact]
    public void Jobs_WaitForJobsThatAreThere() => Assert.All(Jobs, job =>
    {
        IEnumerable<string> needs = job.Value!["needs"] switch { null => [], JsonArray list => list.Select(name => name!.ToString()), JsonNode one => [one.ToString()] };
        Assert.All(needs, name => Assert.True(Jobs.ContainsKey(name), name));
        foreach (Match output in Regex.Matches(job.Value.ToJsonString(), @"needs\.(\w+)\.outputs\.(\w+)"))
        {
            Assert.Contains(output.Groups[1].Value, needs);
            Assert.NotNull(Jobs[output.Groups[1].Value]!["outputs"]![output.Groups[2].Value]);
        }
    });

    [Fact]
    public void Outputs_ComeFromStepsThatAreThere()
    {
        foreach (Match output in Regex.Matches(Workflow.ToJsonString(), @"steps\.(\w+)\.outputs"))
        {
            Assert.Contains(Steps, step => step["id"]?.ToString() == output.Groups[1].Value);
        }
    }

    [Fact]
    public void Inputs_AreDeclared()
    {
        string[] used = [.. Regex.Matches(Workflow.ToJsonString(), @"inputs\.(\w+)").Select(match => match.Groups[1].Value).Distinct().Order()];
        Assert.Equal(used, Workflow["on"]!["workflow_dispatch"]!["inputs"]!.AsObject().Select(input => input.Key).Order());
    }

    [Fact]
    public void Actions_ArePinnedByCommitAndSayTheirRelease()
    {
        string[] lines = [.. File.ReadLines(YamlFile.Path(Place)).Where(line => line.Contains("uses:", StringComparison.Ordinal))];
        Assert.Equal(Steps.Count(step => step["uses"] is not null), lines.Length);
        Assert.All(lines, line => Assert.Matches(@"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line));
    }

    [Fact]
    public void Permissions_AreNoneButWhatAJobAsksFor()
    {
        Assert.Empty(Workflow["permissions"]!.AsObject());
        Assert.All(Jobs, job => Assert.Equal("read", job.Value!["permissions"]!["contents"]!.ToString()));
        string[] writes = [.. Jobs.SelectMany(job => job.Value!["permissions"]!.AsObject().Where(right => right.Value!.ToString() == "write").Select(right => $"{job.Key} {right.Key}"))];
        Assert.Equal(["image packages", "release id-token"], writes);
    }

    /// <summary>What comes from outside stands in variables: in a script's text it could be a command.</summary>
    [Fact]
    public void Commands_HoldNoExpressions() =>
        Assert.All(Steps.Where(step => step["run"] is not null), step => Assert.DoesNotContain("${{", step["run"]!.ToString(), StringComparison.Ordinal));

    [Fact]
    public void Releases_AreOneAfterTheOther()
    {
        Assert.Contains("inputs.environment", Workflow["concurrency"]!["group"]!.ToString(), StringComparison.Ordinal);
        Assert.False((bool)Workflow["concurrency"]!["cancel-in-progress"]!);
        Assert.Contains("inputs.environment", Jobs["release"]!["environment"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_AreThereAndScriptsCanBeRun()
    {
        string[] files = [.. Regex.Matches(Workflow.ToJsonString(), @"""(?:run|file|VALUES|MANIFEST)"":""((?:deploy/|Dockerfile)[^"" ]*)""").Select(match => match.Groups[1].Value)];
        Assert.True(files.Length > 5, string.Join(' ', files));
        Assert.All(files, file => Assert.True(File.Exists(YamlFile.Path(file)), file));
        Assert.All(files.Where(file => file.EndsWith(".sh", StringComparison.Ordinal)), file => Assert.True(File.GetUnixFileMode(YamlFile.Path(file)).HasFlag(UnixFileMode.UserExecute), file));
    }

    /// <summary>A step passes every variable that its script cannot do without.</summary>
    [Theory]
    [MemberData(nameof(Scripts))]
    public void Scripts_GetWhatTheyAskFor(string script)
    {
        JsonObject? step = Steps.SingleOrDefault(step => step["run"]?.ToString() == script);
        if (step is null)
        {
            Assert.Equal("identity.sh", Path.GetFileName(script)); // which kubectl calls
            return;
        }

        IEnumerable<string> given = new[] { step, Jobs["release"]! }.SelectMany(owner => owner["env"]?.AsObject().Select(variable => variable.Key) ?? []);
        string[] needed = [.. Regex.Matches(File.ReadAllText(YamlFile.Path(script)), @"\$\{([A-Z_]+):\?").Select(match => match.Groups[1].Value).Where(name => !name.StartsWith("GITHUB_", StringComparison.Ordinal) && !name.StartsWith("RUNNER_", StringComparison.Ordinal))];
        Assert.Empty(needed.Except(given));
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Scripts_AreSound(string script)
    {
        await using Child parse = await Child.RunAsync("bash", ["-n", YamlFile.Path(script)]);
        Assert.Equal((0, ""), (parse.ExitCode, parse.Output));
        string? shellcheck = Peer.Find("shellcheck");
        Assert.SkipWhen(shellcheck is null, Peer.WhyMissing("shellcheck"));
        await using Child check = await Child.RunAsync(shellcheck!, [YamlFile.Path(script)]);
        Assert.Equal((0, ""), (check.ExitCode, check.Output));
    }

    /// <summary>Helm is refused what the Role leaves out, in the middle of an upgrade.</summary>
    [Fact]
    public void Role_CoversWhatTheChartMakes()
    {
        JsonObject role = Assert.Single(YamlFile.Read("deploy/examples/github-actions/rbac.yaml"), document => document["kind"]!.ToString() == "Role");
        HashSet<string> allowed = [.. role["rules"]!.AsArray().Where(rule => rule!["verbs"]!.AsArray().Select(verb => verb!.ToString()).Intersect(["create", "patch", "delete"]).Count() == 3)
            .SelectMany(rule => rule!["resources"]!.AsArray().Select(resource => $"{rule["apiGroups"]![0]}/{resource}"))];
        string[] templates = [.. Directory.GetFiles(YamlFile.Path("deploy/helm/openclaw-edge/templates"), "*.yaml").Select(File.ReadAllText)];
        MatchCollection[] kinds = [.. templates.Select(text => Regex.Matches(text, @"^apiVersion: (?:([\w.]+)/)?v\w+\nkind: (\w+)", RegexOptions.Multiline))];
        string[] made = [.. kinds.SelectMany(found => found).Select(kind => $"{kind.Groups[1].Value}/{kind.Groups[2].Value.ToLowerInvariant()}{(kind.Groups[2].Value.EndsWith('y') ? "" : "s")}"
            .Replace("networkpolicy", "networkpolicies", StringComparison.Ordinal)).Distinct()];
        Assert.True(made.Length > 8, string.Join(' ', made));
        Assert.Empty(made.Except(allowed));
    }
}
