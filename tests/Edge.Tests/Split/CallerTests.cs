// Who the client is, behind how many proxies whatever, and over which scheme it came.

using System.Net;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class CallerTests
{
    private static readonly NetworkSet Trusted = new(Heads.Networks("10.0.0.0/8", "fd00::/8"));

    private static string? Address(string peer, params string[] fields) =>
        new Caller(Heads.Of(fields), Heads.Bytes(peer), isTls: false).TryGetAddress(Trusted, out NetworkAddress address) ? Show(address) : null;

    private static string Show(NetworkAddress address)
    {
        byte[] bytes = new byte[NetworkAddress.BytesMax];
        return new IPAddress(bytes.AsSpan(0, address.Write(bytes))).ToString();
    }

    [Theory]
    [InlineData("203.0.113.4", "1.1.1.1", "203.0.113.4")] // a stranger's word
    [InlineData("10.0.0.1", "203.0.113.4", "203.0.113.4")]
    [InlineData("fd00::1", "2001:db8::7", "2001:db8::7")]
    [InlineData("10.0.0.1", "6.6.6.6, 203.0.113.4", "203.0.113.4")] // what stands left of a stranger is the stranger's
    [InlineData("10.0.0.1", "6.6.6.6, 203.0.113.4, 10.0.0.3,10.0.0.2", "203.0.113.4")]
    [InlineData("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3")] // all trusted: the leftmost
    [InlineData("10.0.0.1", "6.6.6.6, rubbish, 10.0.0.2", "10.0.0.2")] // ends at the last that was good
    [InlineData("10.0.0.1", "rubbish", "10.0.0.1")]
    [InlineData("10.0.0.1", "", "10.0.0.1")]
    [InlineData("10.0.0.1", " , 203.0.113.4 ,, ", "203.0.113.4")]
    [InlineData("10.0.0.1", "::ffff:203.0.113.4", "203.0.113.4")] // a mapped address is the IPv4 one
    [InlineData("10.0.0.1", "6.6.6.6, ::ffff:10.0.0.2", "6.6.6.6")]
    [InlineData("10.0.0.1", "203.0.113.4:5678", "203.0.113.4")]
    [InlineData("10.0.0.1", "[2001:db8::7]:443", "2001:db8::7")]
    [InlineData("10.0.0.1", "[2001:db8::7", "10.0.0.1")]
    [InlineData("10.0.0.1", "unknown", "10.0.0.1")]
    [InlineData("::ffff:10.0.0.1", "203.0.113.4", "203.0.113.4")]
    public void Address_IsTheRightmostThatNobodyVouchesFor(string peer, string forwardedFor, string expected) =>
        Assert.Equal(expected, Address(peer, "X-Forwarded-For: " + forwardedFor));

    [Fact]
    public void Address_IsSoughtThroughAllLines()
    {
        Assert.Equal("203.0.113.4", Address("10.0.0.1", "X-Forwarded-For: 6.6.6.6, 203.0.113.4", "Accept: */*", "X-Forwarded-For: 10.0.0.2"));
        Assert.Equal("203.0.113.4", Address("10.0.0.1", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 203.0.113.4"));
        Assert.Equal("10.0.0.2", Address("10.0.0.1", "X-Forwarded-For: 6.6.6.6, x", "X-Forwarded-For: 10.0.0.2"));
    }

    /// <summary>Proxies add to the field that they know, and pass on what only looks like it.</summary>
    [Theory]
    [InlineData("X_Forwarded_For: 10.9.9.9")]
    [InlineData("X-Forwarded_For: 6.6.6.6")]
    public void Address_IsNotReadFromALookalike(string field)
    {
        Assert.Equal("203.0.113.4", Address("10.0.0.1", "X-Forwarded-For: 203.0.113.4", field));
        Assert.Equal("10.0.0.1", Address("10.0.0.1", field));
        Assert.False(new Caller(Heads.Of("X_Forwarded_Proto: https"), Heads.Bytes("10.0.0.1"), isTls: false).IsHttps(Trusted));
    }

    [Fact]
    public void AddressOfAUnixSocket_IsNone() => Assert.Null(Address("unknown", "X-Forwarded-For: 203.0.113.4"));

    [Theory]
    [InlineData("10.0.0.1", false, "https", true)]
    [InlineData("10.0.0.1", true, "http", false)]
    [InlineData("10.0.0.1", false, "HTTPS , http", true)]
    [InlineData("10.0.0.1", true, null, true)]
    [InlineData("203.0.113.4", false, "https", false)]
    [InlineData("203.0.113.4", true, "http", true)]
    public void Https_IsTheConnectionsOrATrustedPeersWord(string peer, bool isTls, string? forwardedProto, bool expected) =>
        Assert.Equal(expected, new Caller(forwardedProto is null ? Heads.Of() : Heads.Of("X-Forwarded-Proto: " + forwardedProto), Heads.Bytes(peer), isTls).IsHttps(Trusted));
}
