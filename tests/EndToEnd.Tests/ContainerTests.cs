// What Dockerfile.aot promises, proved by tests/container.sh in an empty root directory.

using System.Diagnostics;

namespace OpenClaw.EndToEnd.Tests;

public sealed class ContainerTests
{
    private const int Skipped = 77; // the script's word for "not here", after automake's

    [Fact]
    public async Task BinaryAndTheLibrariesOfTheBaseImage_ServeInAnEmptyRoot()
    {
        using Process script = Process.Start(new ProcessStartInfo("bash", [Path.Combine(EdgeProcess.Repository, "tests", "container.sh"), EdgeProcess.Binary])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = script.StandardOutput.ReadToEndAsync(), errors = script.StandardError.ReadToEndAsync();
        await script.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        string said = await output + await errors;
        Assert.SkipWhen(script.ExitCode == Skipped, said);
        Assert.True(script.ExitCode == 0, said);
    }
}
