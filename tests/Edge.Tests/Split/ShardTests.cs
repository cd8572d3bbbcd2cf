// One worker's tokens: what a claim and a seal mean to those who come meanwhile.

using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class ShardTests
{
    [Fact]
    public void Claim_IsOfTheRoomLeftAndOnceAtATime()
    {
        Shard shard = default;
        Assert.Equal(10, shard.Claim(lease: 10));
        Assert.Equal(0, shard.Claim(lease: 10));
        Assert.True(shard.Put(6));
        Assert.Equal(6, shard.Tokens);

        Assert.Equal(4, shard.Claim(lease: 10));
        Assert.True(shard.TryTake()); // a claim keeps nobody from taking
        Assert.Equal(0, shard.Claim(lease: 10));
        Assert.True(shard.Put(4));
        Assert.Equal(9, shard.Tokens);

        Assert.False(shard.TryTake(10));
        Assert.True(shard.TryTake(9));
        Assert.False(shard.TryTake());
    }

    [Fact]
    public void FullShard_HasNothingToClaim()
    {
        Shard shard = default;
        shard.Claim(lease: 10);
        shard.Put(10);

        Assert.Equal(0, shard.Claim(lease: 10));
        Assert.True(shard.TryTake(10));
        Assert.Equal(10, shard.Claim(lease: 10));
    }

    [Fact]
    public void Seal_TakesAllAndLetsNothingInAnyMore()
    {
        Shard shard = default;
        shard.Claim(lease: 10);
        shard.Put(7);
        shard.Claim(lease: 10);
        Assert.False(shard.IsSealed);

        Assert.Equal(7, shard.Seal());
        Assert.True(shard.IsSealed);
        Assert.False(shard.Put(3)); // what was on its way stays its bringer's
        Assert.False(shard.TryTake());
        Assert.Equal(0, shard.Claim(lease: 10));
        Assert.Equal(0, shard.Tokens);
        Assert.Equal(0, shard.Seal());
    }
}
