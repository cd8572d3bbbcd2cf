using OpenClaw.Edge.Cli;
using OpenClaw.Edge.Demo;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Tests.Demo;

public sealed class DemoCommandTests
{
    [Fact]
    public async Task TwoSeconds_ShowTheShareEachSecondAndLeaveNothingBehind()
    {
        using StringWriter output = new(), error = new();
        int exit = await CommandLine.RunAsync(["demo", "--port", "0", "--rate", "100", "--seconds", "2"], output, error).WaitAsync(TimeSpan.FromSeconds(60));
        string text = output.ToString();
        Assert.Equal(("", 0), (error.ToString(), exit));
        Assert.Equal(2, text.Split('\n').Count(line => line.Contains("| share asked ", StringComparison.Ordinal)));
        Assert.Matches(@"share asked 10\.00 % achieved \d+\.\d\d % error [+-]?0\.\d\d of \d+ requests", text);
        Assert.Matches(@"\| guard (learning|holding) \d+ %", text);
        Assert.Matches(@"the share was off by [+-]?0\.\d\d of \d+ requests\.", text);
        string policy = text.Split('\n').Single(line => line.Contains("policy   ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        Assert.False(Directory.Exists(Path.GetDirectoryName(policy)));
    }

    [Fact]
    public async Task PortThatIsTaken_IsSaidInOneLine()
    {
        (int descriptor, int port) = LoopbackPort.Listen(0);
        using StringWriter output = new(), error = new();
        int exit = await CommandLine.RunAsync(["demo", "--port", $"{port}", "--seconds", "1"], output, error);
        _ = Libc.close(descriptor);
        Assert.Equal((2, ""), (exit, output.ToString()));
        Assert.StartsWith($"openclaw-edge: cannot listen on 127.0.0.1:{port}: ", error.ToString());
        Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("--rate", "0")]
    [InlineData("--rate", "5001")]
    [InlineData("--port", "65536")]
    [InlineData("--seconds", "-1")]
    [InlineData("--rate", "fast")]
    [InlineData("--port", "80.5")]
    [InlineData("--seconds", "99999999999")]
    public async Task NumberOutOfBounds_IsRefused(string flag, string value)
    {
        using StringWriter output = new(), error = new();
        Assert.Equal(2, await CommandLine.RunAsync(["demo", flag, value], output, error));
        Assert.Contains($"{flag}: {value} is not within", error.ToString());
    }
}
