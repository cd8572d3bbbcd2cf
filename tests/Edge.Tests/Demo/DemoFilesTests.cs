using OpenClaw.Edge.Demo;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Demo;

public sealed class DemoFilesTests : IDisposable
{
    private readonly DemoFiles _files = new();

    public DemoFilesTests() => _files.Write(new DemoPorts(8080, 8443, 9901), 9001, 9002, rate: 200);

    [Fact]
    public void WrittenFiles_LoadWithoutFaultOrWarning()
    {
        LoadResult load = Load();
        Assert.Empty(load.Faults);
        Assert.Empty(load.Warnings);
        Assert.Equal((0.10, 50, 25), (load.Snapshot!.Rollout.Canaries[0].Weight, load.Snapshot.Rollout.Bucket!.Capacity, load.Snapshot.Rollout.Bucket.RefillRate));
    }

    [Fact]
    public void Token_IsThatOfTheSidePort()
    {
        Assert.Equal(_files.Token, File.ReadAllText(Load().Snapshot!.Edge.Admin!.TokenFile!));
        Assert.Equal(32, _files.Token.Length);
        using DemoFiles other = new();
        Assert.NotEqual(other.Token, _files.Token);
    }

    [Theory]
    [InlineData("0.10", 0.05, 0.15)]
    [InlineData("10%", 0.05, 0.15)]
    [InlineData("\"10%\"", -0.05, 0.05)]
    [InlineData("0.98", 0.05, 1)]
    [InlineData("0.02", -0.05, 0)]
    public void ChangeWeight_AddsToWhateverStandsThere(string written, double step, double expected)
    {
        File.WriteAllText(_files.PolicyPath, File.ReadAllText(_files.PolicyPath).Replace("0.10", written, StringComparison.Ordinal));
        Assert.True(_files.ChangeWeight(step));
        Assert.Equal(expected, Load().Snapshot!.Rollout.Canaries[0].Weight, 6);
        Assert.Contains("# of all requests", File.ReadAllText(_files.PolicyPath));
    }

    [Fact]
    public void ChangeWeightWithoutALineForIt_ChangesNothing()
    {
        File.WriteAllText(_files.PolicyPath, "abort: true\n");
        Assert.False(_files.ChangeWeight(0.05));
        Assert.Equal("abort: true\n", File.ReadAllText(_files.PolicyPath));
    }

    [Fact]
    public void Dispose_LeavesNothing()
    {
        DemoFiles files = new();
        files.Write(new DemoPorts(1, 2, 3), 4, 5, rate: 1);
        files.Dispose();
        Assert.False(Directory.Exists(Path.GetDirectoryName(files.PolicyPath)));
    }

    public void Dispose() => _files.Dispose();

    private LoadResult Load() => new ConfigurationLoader(new LaunchSettings { ConfigFlag = _files.EdgePath }).Load(TimeProvider.System);
}
