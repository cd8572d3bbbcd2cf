// The verb that says where a request would go, and which rule sends it there. Main thread.

using System.CommandLine;
using System.Text;
using OpenClaw.Edge.Explain;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Cli;

internal static class ExplainCommand
{
    public static Command Create()
    {
        RolloutFlags rollout = new();
        Option<string[]> header = new("--header") { HelpName = "'NAME: VALUE'", Description = "a field of the request; repeatable" };
        Option<string?> client = ConfigurationFlags.Text("--client", "ADDRESS", "who connects to the edge: 10.1.2.3 or 2001:db8::1 (default: nobody with an address)");
        Option<string?> method = ConfigurationFlags.Text("--method", "NAME", "default GET");
        Option<string?> target = ConfigurationFlags.Text("--target", "TARGET", "path and query (default /)");
        Option<string[]> unhealthy = new("--unhealthy") { HelpName = "VERSION", Description = "a canary that may take no traffic; repeatable" };
        Command command = new("explain", "Say where a request would go, rule by rule; the last line is the result");
        rollout.AddTo(command);
        CommandLine.Add(command, header, client, method, target, unhealthy);
        command.SetAction(parsed =>
        {
            TextWriter error = parsed.InvocationConfiguration.Error;
            if (rollout.Read(parsed) is not { } snapshot)
            {
                return ExitCode.BadInput;
            }

            string peerText = parsed.GetValue(client) ?? "";
            byte[] peer = Encoding.UTF8.GetBytes(peerText);
            string[] fields = parsed.GetValue(header) ?? [];
            List<string> problems = [];
            if (peer.Length > 0 && !NetworkAddress.TryParse(peer, out _))
            {
                problems.Add($"--client: {Wording.Show(peerText)} is no address; write 10.1.2.3 or 2001:db8::1");
            }

            uint usable = Usable(snapshot.Rollout.Canaries, parsed.GetValue(unhealthy) ?? [], problems);
            if (WrittenRequest.Read(parsed.GetValue(method) ?? "GET", parsed.GetValue(target) ?? "/", fields, snapshot.Edge.Limits, out RequestHead head) is { } refusal)
            {
                problems.Add($"explain: {refusal}");
            }

            if (problems.Count > 0)
            {
                problems.ForEach(error.WriteLine);
                return ExitCode.BadInput;
            }

            Print(new Explanation(snapshot, new Caller(head, peer, isTls: false), usable, rollout.HasEdge(parsed)), parsed.InvocationConfiguration.Output);
            return ExitCode.Clean;
        });
        return command;
    }

    private static void Print(Explanation explanation, TextWriter output)
    {
        foreach (Step step in explanation.Steps)
        {
            string mark = step.Rule == explanation.Decides ? "decides" : "goes on";
            output.WriteLine($"{step.Rule.ToString().ToLowerInvariant(),-9}  {mark}  {step.Found}");
        }

        output.WriteLine($"result: {explanation.Result()}");
    }

    private static uint Usable(IReadOnlyList<CanarySettings> canaries, string[] down, List<string> problems)
    {
        foreach (string version in down.Where(version => canaries.All(canary => canary.Version != version)))
        {
            problems.Add($"--unhealthy: {Wording.Show(version)} is no canary of the policy{Wording.Suggest(version, canaries.Select(canary => canary.Version))}");
        }

        uint usable = 0;
        for (int i = 0; i < canaries.Count; i++)
        {
            usable |= down.Contains(canaries[i].Version) ? 0 : 1u << i;
        }

        return usable;
    }
}
