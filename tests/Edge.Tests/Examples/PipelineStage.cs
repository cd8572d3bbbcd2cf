// A folder in which the pipeline's scripts run with stand-ins for kubectl and helm before the real ones on the path: what they were
// called with is written down, what they answer is laid out by the test.

using System.Runtime.Versioning;
using OpenClaw.TestKit;

namespace OpenClaw.Edge.Tests.Examples;

[SupportedOSPlatform("linux")]
internal sealed class PipelineStage : IDisposable
{
    private const string Scripts = "deploy/examples/github-actions";

    // A Rollout is answered as rollout-1.json, rollout-2.json, ... in turns, the last of them again and again; an empty file is a failure.
    private const string Kubectl = """
        #!/usr/bin/env bash
        echo "kubectl $*" >>"$STAGE/calls"
        case "$*" in
          *" apply "*) cat >"$STAGE/applied.yaml" ;;
          "patch --local "*) exec "$REAL_KUBECTL" "$@" ;;
          *"get analysisruns"*) cat "$STAGE/runs.json" ;;
          *"get configmap"*) cat "$STAGE/policy.yaml" ;;
          *"jsonpath={.status.phase}"*) cat "$STAGE/phase" ;;
          *"jsonpath={.status.currentPodHash}"*) printf 7d9f ;;
          *"get rollouts"*"--output json")
            turn=$(($(cat "$STAGE/turn" 2>/dev/null || echo 0) + 1))
            [ ! -e "$STAGE/rollout-$turn.json" ] || echo "$turn" >"$STAGE/turn"
            file=$STAGE/rollout-$(cat "$STAGE/turn").json
            [ -s "$file" ] || { echo "the server is gone" >&2; exit 1; }
            cat "$file"
            ;;
          *) echo "nobody told the stand-in about: $*" >&2; exit 64 ;;
        esac
        """;

    private const string Helm = """
        #!/usr/bin/env bash
        echo "helm $*" >>"$STAGE/calls"
        """;

    private readonly TestFolder _folder = new();
    private int _turns;

    public PipelineStage()
    {
        foreach ((string name, string text) in new[] { ("kubectl", Kubectl), ("helm", Helm) })
        {
            File.SetUnixFileMode(_folder.Write(name, text), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        Write("runs.json", """{"items": []}""");
        Write("phase", "");
        Write("policy.yaml", "canary: {version: canary, weight: 100%}\n");
    }

    public string[] Calls => Lines("calls");

    public string Applied => File.ReadAllText(_folder.Path("applied.yaml"));

    public string Summary => string.Join('\n', Lines("summary"));

    public string[] Environment => Lines("environment");

    public string Path(string name) => _folder.Path(name);

    public void Write(string name, string text) => _folder.Write(name, text);

    /// <summary>What kubectl says of the Rollout at its next turn; "": it fails.</summary>
    public void Rollout(string json) => Write($"rollout-{++_turns}.json", json);

    public Task<Child> RunAsync(string script, params string[] variables)
    {
        Assert.SkipWhen(Peer.Find("jq") is null, Peer.WhyMissing("jq"));
        string path = $"PATH={_folder.Root}:{System.Environment.GetEnvironmentVariable("PATH")}";
        string[] files = [$"STAGE={_folder.Root}", $"RUNNER_TEMP={_folder.Root}", $"GITHUB_STEP_SUMMARY={Path("summary")}", $"GITHUB_ENV={Path("environment")}", "POLL=0"];
        return Child.RunAsync("/usr/bin/env", ["-C", HouseTests.Root, path, .. files, .. variables, "bash", $"{Scripts}/{script}"]);
    }

    public void Dispose() => _folder.Dispose();

    private string[] Lines(string name) => File.Exists(Path(name)) ? File.ReadAllLines(Path(name)) : [];
}
