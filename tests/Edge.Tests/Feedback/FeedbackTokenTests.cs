// The token's text: what is written, what is believed, and what never is.

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using OpenClaw.Edge.Feedback;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;
using OpenClaw.Edge.Tests.Split;

namespace OpenClaw.Edge.Tests.Feedback;

public sealed class FeedbackTokenTests
{
    private static readonly SigningKeys Keys = Heads.Keys(Voices.KeyA);

    private static readonly Gen<FeedbackToken> Tokens =
        Gen.Select(Gen.UInt, Gen.ULong, Gen.ULong, Gen.Byte, Gen.Byte).Select((at, nonce, version, cell, age) => new FeedbackToken(at, nonce, version, cell, age));

    private static string Write(FeedbackToken token, SigningKeys keys)
    {
        byte[] text = new byte[FeedbackToken.TextBytes];
        token.Write(text, keys);
        return Encoding.ASCII.GetString(text);
    }

    private static FeedbackResult Read(string text, SigningKeys keys, out FeedbackToken token) => FeedbackToken.Read(Encoding.Latin1.GetBytes(text), keys, out token);

    private static FeedbackResult Read(string text) => Read(text, Keys, out _);

    [Fact]
    public void Token_ComesBack() => Tokens.Sample(token => Read(Write(token, Keys), Keys, out FeedbackToken read) == FeedbackResult.Accepted && read == token);

    [Fact]
    public void Text_IsWhatIsDocumented()
    {
        byte[] signed = [1, 0x6b, 0x49, 0xd2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0xce, 0xa6];
        byte[] prefixed = [.. "openclaw feedback token\0"u8, .. signed];
        byte[] whole = [.. signed, .. HMACSHA256.HashData(Encoding.ASCII.GetBytes(Voices.KeyA), prefixed)[..16]];
        Assert.Equal(Base64Url.EncodeToString(whole), Write(new FeedbackToken(Voices.Now, 0x0102030405060708, 0x1112131415161718, 0xce, 0xa6), Keys));
    }

    [Fact]
    public void AnyFlippedBit_IsNeverBelieved()
    {
        byte[] whole = Base64Url.DecodeFromChars(Write(new FeedbackToken(Voices.Now, 7, 8, 9, 10), Keys));
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] flipped = [.. whole];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(bit < 8 ? FeedbackResult.Malformed : FeedbackResult.Forged, Read(Base64Url.EncodeToString(flipped)));
        }
    }

    [Fact]
    public void AnyCutOrLongerText_IsMalformed()
    {
        string text = Write(new FeedbackToken(Voices.Now, 7, 8, 9, 10), Keys);
        Assert.All(Enumerable.Range(0, text.Length), length => Assert.Equal(FeedbackResult.Malformed, Read(text[..length])));
        Assert.All(new[] { text + "A", text + "=", " " + text, text + "\n", text[..51] + "=", text[..50] + "==", new string(' ', 52), new string('A', 8192) },
            other => Assert.Equal(FeedbackResult.Malformed, Read(other)));
    }

    [Fact]
    public void EveryKey_VerifiesAndTheFirstSigns()
    {
        SigningKeys both = Heads.Keys(Voices.KeyB, Voices.KeyA), other = Heads.Keys(Voices.KeyB);
        FeedbackToken token = new(Voices.Now, 1, 2, 3, 4);
        Assert.Equal(FeedbackResult.Accepted, Read(Write(token, Keys), both, out _));
        Assert.Equal(FeedbackResult.Accepted, Read(Write(token, both), other, out _));
        Assert.Equal(FeedbackResult.Forged, Read(Write(token, Keys), other, out FeedbackToken none));
        Assert.Equal(default, none);
    }

    /// <summary>A session cookie under the same key has another length; a signature of its bytes, put where a token's is, proves nothing either.</summary>
    [Fact]
    public void WhatSessionsSign_IsNoToken()
    {
        string cookie = Heads.Cookie(new SessionCookie("s", TimeSpan.FromHours(1), rollout: 1, Keys), 42);
        Assert.Equal(FeedbackResult.Malformed, Read(cookie));
        byte[] content = [1, .. new byte[22]];
        byte[] undivided = [.. content, .. HMACSHA256.HashData(Encoding.ASCII.GetBytes(Voices.KeyA), content)[..16]];
        Assert.Equal(FeedbackResult.Forged, Read(Base64Url.EncodeToString(undivided)));
    }

    [Fact]
    public void Nonces_AreAllDifferent()
    {
        NonceSource one = new(), other = new();
        HashSet<ulong> seen = [];
        for (int i = 0; i < 10_000; i++)
        {
            Assert.True(seen.Add(one.Next()) && seen.Add(other.Next()));
        }
    }

    [Fact]
    public void WritingALine_AllocatesNothing()
    {
        FeedbackRules rules = Voices.Rules();
        NonceSource nonces = new();
        byte[] line = new byte[FeedbackRules.LineBytes];
        Allocations.AssertNone(1_000, _ => rules.WriteLine(line, "v1", nonces.Next(), Voices.Now, 0, 0));
    }
}
