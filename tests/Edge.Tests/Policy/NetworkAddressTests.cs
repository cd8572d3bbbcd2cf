// Addresses and networks as values: the same answers as the framework's, without its objects.

using System.Net;
using System.Net.Sockets;
using System.Text;
using CsCheck;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Policy;

public sealed class NetworkAddressTests
{
    private static readonly Gen<IPAddress> Addresses = Gen.OneOf(
        Gen.Byte.Array[4].Select(bytes => new IPAddress(bytes)),
        Gen.Byte.Array[16].Select(bytes => new IPAddress(bytes)),
        Gen.Select(Gen.Byte.Array[16], Gen.Int[0, 15], Gen.Int[0, 16]).Select((bytes, from, length) =>
        {
            bytes.AsSpan(from, Math.Min(length, 16 - from)).Clear(); // zeros in a row, for "::"
            return new IPAddress(bytes);
        }));

    private static bool TryParse(string text, out NetworkAddress address) => NetworkAddress.TryParse(Encoding.Latin1.GetBytes(text), out address);

    [Fact]
    public void EveryAddress_ReadsBackFromItsText() => Addresses.Sample(address =>
        TryParse(address.ToString(), out NetworkAddress read) && read == new NetworkAddress(address));

    [Fact]
    public void WhatIsRead_TheFrameworkReadsAlike() =>
        Gen.OneOf(Gen.String[Gen.Char["0123456789abcfF.:"], 0, 20], Gen.String[Gen.Char["01f:"], 0, 20], Gen.String[Gen.Char["012."], 0, 12]).Sample(text =>
            !TryParse(text, out NetworkAddress read) || (IPAddress.TryParse(text, out IPAddress? address) && read == new NetworkAddress(address)));

    [Theory]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("1::")]
    [InlineData("1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:7::")]
    [InlineData("2001:DB8::c")]
    [InlineData("::ffff:1.2.3.4")]
    [InlineData("64:ff9b::1.2.3.4")]
    [InlineData("0.0.0.0")]
    [InlineData("255.255.255.255")]
    public void ProperText_IsRead(string text)
    {
        Assert.True(TryParse(text, out NetworkAddress read));
        Assert.Equal(new NetworkAddress(IPAddress.Parse(text)), read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.")]
    [InlineData("1.2.3.4.5")]
    [InlineData("01.2.3.4")]
    [InlineData("+1.2.3.4")]
    [InlineData("256.1.1.1")]
    [InlineData(" 1.2.3.4")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1:")]
    [InlineData(":1")]
    [InlineData("1::2::3")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7:8::")]
    [InlineData("12345::")]
    [InlineData("fe80::1%eth0")]
    [InlineData("::1.2.3.4:1")]
    [InlineData("unknown")]
    public void OtherText_IsNoAddress(string text) => Assert.False(TryParse(text, out _));

    [Fact]
    public void Ipv4InIpv6_IsTheSameAddress()
    {
        Assert.True(TryParse("::ffff:192.0.2.1", out NetworkAddress mapped) && TryParse("192.0.2.1", out NetworkAddress plain) && mapped == plain);
        Assert.Equal([192, 0, 2, 1], Written("::ffff:192.0.2.1"));
        Assert.Equal(16, Written("2001:db8::1").Length);
    }

    [Fact]
    public void Network_HasWhatTheFrameworkSays() => Gen.Select(Addresses, Addresses, Gen.Int[0, 128]).Sample((address, near, length) =>
    {
        length = Math.Min(length, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
        byte[] masked = address.GetAddressBytes();
        for (int bit = length; bit < masked.Length * 8; bit++)
        {
            masked[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        IPNetwork network = new(new IPAddress(masked), length);
        NetworkSet set = new([network]);
        return set.Contains(new NetworkAddress(address)) && set.Contains(new NetworkAddress(near)) == network.Contains(near);
    });

    [Fact]
    public void AllOfIpv6_IsNothingOfIpv4() => Assert.False(new NetworkSet([IPNetwork.Parse("::/0")]).Contains("192.0.2.1"u8));

    private static byte[] Written(string text)
    {
        Assert.True(TryParse(text, out NetworkAddress address));
        byte[] bytes = new byte[NetworkAddress.BytesMax];
        return bytes[..address.Write(bytes)];
    }
}
