using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenClaw.Edge.Cli;
using OpenClaw.Edge.Tests.Policy;

namespace OpenClaw.Edge.Tests.Cli;

public sealed class CommandLineTests
{
    private static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        StringWriter output = new StringWriter();
        StringWriter error = new StringWriter();
        int code = await CommandLine.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    [Theory]
    [InlineData("Required command was not provided")]
    [InlineData("--lisden is unknown here; did you mean --listen?", "run", "--lisden")]
    [InlineData("fly is unknown here; known here: run, ", "fly")]
    [InlineData("--workers", "run", "--workers")]
    [InlineData("--log-format: Argument 'xml'", "run", "--log-format", "xml")]
    [InlineData("--state-dir is unknown here", "validate", "--state-dir", "d")]
    [InlineData("'edge' 'policy'", "schema", "both")]
    public async Task WrongFlag_IsOneLineAndExitCode2(string word, params string[] args)
    {
        (int code, string output, string error) = await Run(args);
        Assert.Equal(2, code);
        Assert.Contains(word, error);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Empty(output);
    }

    [Fact]
    public async Task Validate_ListsEveryFaultAndEndsWith2()
    {
        using TestFolder folder = new TestFolder();
        string edge = folder.Write("edge.yaml", TestFolder.Edge + "\nworkers: x\nextra: 1");
        string policy = folder.Write("policy.yaml", TestFolder.Policy.Replace("0.05", "5"));
        (int code, _, string error) = await Run("validate", "--config", edge, "--policy", policy, "--admin", "x");
        Assert.Equal(2, code);
        Assert.Equal(
            [
                $"{edge}:7:1: warning: extra: unknown key",
                "--admin: x has no port; write 0.0.0.0:8080 or [::]:8080",
                $"{edge}:6:10: workers: x is not a whole number",
                $"{policy}:6:11: weight: 5 is above 1; use 0.05 or \"5%\"",
            ],
            error.TrimEnd().Split('\n').Select(line => line.Split("; known here")[0]).Order(StringComparer.Ordinal).OrderBy(l => !l.Contains("warning")));
    }

    [Fact]
    public async Task Validate_SaysTheRevisionOfAGoodConfiguration()
    {
        using TestFolder folder = new TestFolder();
        string[] args = ["validate", "--config", folder.Write("edge.yaml", TestFolder.Edge + "\nextra: 1"), "--policy", folder.Write("policy.yaml", "{}")];
        (int code, string output, string error) = await Run(args);
        Assert.Equal(0, code);
        Assert.StartsWith("valid, revision sha256:44136f", output);
        Assert.Contains("warning: extra", error);
        Assert.Equal(2, (await Run([.. args, "--strict"])).Code);
    }

    [Fact]
    public async Task Run_RefusesABadConfigurationWithCode2()
    {
        (int code, _, string error) = await Run("run", "--config", "/nonexistent/edge.yaml");
        Assert.Equal(2, code);
        Assert.Equal("--config: /nonexistent/edge.yaml does not exist", error.TrimEnd());
    }

    [Theory]
    [InlineData("\"title\": \"edge.yaml", "schema", "edge")]
    [InlineData("\"title\": \"policy.yaml", "schema", "policy")]
    [InlineData("\"$ref\": \"#/$defs/policy\"", "schema")]
    public async Task Schema_IsPrintedForOneFileOrBoth(string part, params string[] args)
    {
        (int code, string output, string error) = await Run(args);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains(part, output);
        Assert.StartsWith("{\n  \"$schema\": ", output);
    }

    [Fact]
    public async Task Version_IsPrinted()
    {
        (int code, string output, _) = await Run("version");
        Assert.Equal(0, code);
        Assert.Matches(@"^openclaw-edge \d+\.\d+\.\d+", output);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", 0)]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\n\r\n", 1)]
    [InlineData("SSH-2.0-x\r\n", 1)]
    [InlineData("", 1)]
    public async Task Healthcheck_FollowsTheAnswerOfReadyz(string answer, int expected)
    {
        using Socket listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Task<string> served = Task.Run(async () =>
        {
            using Socket peer = await listener.AcceptAsync();
            byte[] request = new byte[512];
            int n = await peer.ReceiveAsync(request);
            await peer.SendAsync(Encoding.ASCII.GetBytes(answer));
            peer.Shutdown(SocketShutdown.Send);
            return Encoding.ASCII.GetString(request, 0, n);
        });
        // A wildcard is an address to listen on; to ask, it means this machine.
        (int code, _, string error) = await Run("healthcheck", "--admin", $"0.0.0.0:{((IPEndPoint)listener.LocalEndPoint!).Port}");
        Assert.Equal(expected, code);
        Assert.Equal(expected == 0, error.Length == 0);
        Assert.StartsWith("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:", await served.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Healthcheck_FailsWhereNobodyAnswers()
    {
        using Socket silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)silent.LocalEndPoint!).Port;
        Assert.Equal(1, (await Run("healthcheck", "--admin", $"127.0.0.1:{port}")).Code); // refused
        silent.Listen();
        (int code, _, string error) = await Run("healthcheck", "--admin", $"127.0.0.1:{port}"); // accepted by the kernel, never answered
        Assert.Equal(1, code);
        Assert.Contains("no answer within 1s", error);
        Assert.Equal(2, (await Run("healthcheck", "--admin", "nowhere")).Code);
    }
}
