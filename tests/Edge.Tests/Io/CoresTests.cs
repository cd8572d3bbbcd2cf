using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Tests.Io;

public sealed class CoresTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("openclaw-cores").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("max 100000\n", null)]
    [InlineData("100000 100000\n", 1)]
    [InlineData("150000 100000\n", 2)]
    [InlineData("5000 100000\n", 1)]
    [InlineData("800000 100000\n", 8)]
    [InlineData("nonsense\n", null)]
    public void CgroupV2_QuotaIsRoundedUp(string cpuMax, int? cores)
    {
        File.WriteAllText(Path.Combine(_root, "cpu.max"), cpuMax);
        Assert.Equal(cores, Cores.CgroupQuota(_root));
    }

    [Theory]
    [InlineData("-1", null)]
    [InlineData("250000", 3)]
    public void CgroupV1_QuotaIsRoundedUp(string quota, int? cores)
    {
        Directory.CreateDirectory(Path.Combine(_root, "cpu"));
        File.WriteAllText(Path.Combine(_root, "cpu", "cpu.cfs_quota_us"), quota + "\n");
        File.WriteAllText(Path.Combine(_root, "cpu", "cpu.cfs_period_us"), "100000\n");
        Assert.Equal(cores, Cores.CgroupQuota(_root));
    }

    [Fact]
    public void NoCgroup_IsNoQuota() => Assert.Null(Cores.CgroupQuota(_root));

    [Fact]
    public void Usable_IsAtLeastOneAndAtMostAll() => Assert.InRange(Cores.Usable(), 1, Environment.ProcessorCount);
}
