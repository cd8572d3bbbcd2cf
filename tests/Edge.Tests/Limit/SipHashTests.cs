// The hash against the test vectors of its reference implementation.

using OpenClaw.Edge.Limit;

namespace OpenClaw.Edge.Tests.Limit;

public sealed class SipHashTests
{
    /// <summary>Key 00 01 .. 0f; the message is the first bytes of 00 01 02 and so on.</summary>
    [Theory]
    [InlineData(0, 0x726fdb47dd0e0e31)]
    [InlineData(1, 0x74f839c593dc67fd)]
    [InlineData(8, 0x93f5f5799a932462)]
    [InlineData(15, 0xa129ca6149be45e5)]
    public void ReferenceVector_IsMet(int length, ulong expected) =>
        Assert.Equal(expected, new SipHash(0x0706050403020100, 0x0f0e0d0c0b0a0908).Hash([.. Enumerable.Range(0, length).Select(i => (byte)i)]));

    [Fact]
    public void NewSecrets_Differ() => Assert.NotEqual(SipHash.WithNewSecret().Hash("a"u8), SipHash.WithNewSecret().Hash("a"u8));
}
