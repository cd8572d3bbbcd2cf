// The cookie's text: what is written, what is believed, and what never is.

using System.Security.Cryptography;
using System.Text;
using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class SessionCookieTests
{
    private const ulong Rollout = 0x0123456789abcdef;
    private const string KeyA = "the first key of the tests", KeyB = "the second key of the tests";

    private static readonly SessionCookie Cookie = Make(KeyA);

    private static SessionCookie Make(params string[] keys) => new("s", TimeSpan.FromHours(1), Rollout, Heads.Keys(keys));

    private static SessionFound Find(SessionCookie cookie, string text, out ulong point) => cookie.Find(Heads.Of("Cookie: " + text), out point);

    private static SessionFound Find(SessionCookie cookie, string text) => Find(cookie, text, out _);

    [Fact]
    public void Point_ComesBack() => Gen.ULong.Sample(point =>
        Find(Cookie, "a=b; s=" + Heads.Cookie(Cookie, point), out ulong read) == SessionFound.Kept && read == point);

    [Fact]
    public void Value_IsWhatIsDocumented()
    {
        byte[] signed = [1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
        byte[] whole = [.. signed, .. HMACSHA256.HashData(Encoding.ASCII.GetBytes(KeyA), signed)[..16]];
        Assert.Equal(Convert.ToBase64String(whole).Replace('+', '-').Replace('/', '_'), Heads.Cookie(Cookie, 1UL << 63));
    }

    [Fact]
    public void AnyChangedCharacter_IsNeverBelieved() =>
        Gen.Select(Gen.ULong, Gen.Int[0, 43], Gen.Char["ABCXYZabcxyz0189-_=+/ %.\""]).Sample((point, at, other) =>
        {
            char[] text = Heads.Cookie(Cookie, point).ToCharArray();
            bool same = text[at] == other;
            text[at] = other;
            return same || (Find(Cookie, "s=" + new string(text), out ulong read) is SessionFound.Forged or SessionFound.Malformed && read == 0);
        });

    [Fact]
    public void AnyFlippedBit_IsNeverBelieved()
    {
        byte[] whole = Convert.FromBase64String(Heads.Cookie(Cookie, 42).Replace('-', '+').Replace('_', '/'));
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] flipped = [.. whole];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            string text = Convert.ToBase64String(flipped).Replace('+', '-').Replace('/', '_');
            Assert.Equal(bit < 8 ? SessionFound.Malformed : SessionFound.Forged, Find(Cookie, "s=" + text));
        }
    }

    [Fact]
    public void AnyCutOrLongerText_IsMalformed()
    {
        string text = Heads.Cookie(Cookie, 42);
        Assert.All(Enumerable.Range(0, text.Length), length => Assert.Equal(SessionFound.Malformed, Find(Cookie, "s=" + text[..length])));
        Assert.Equal(SessionFound.Malformed, Find(Cookie, $"s={text}="));
        Assert.Equal(SessionFound.Malformed, Find(Cookie, $"s={text}A"));
        Assert.Equal(SessionFound.Malformed, Find(Cookie, "s=" + string.Concat(Enumerable.Repeat(text, 1000))));
    }

    [Fact]
    public void AnyText_IsNeverBelieved() => Gen.String[Gen.Char["AZaz09-_"], 44, 44].Sample(text => Find(Cookie, "s=" + text) is SessionFound.Forged or SessionFound.Malformed);

    [Fact]
    public void QuotesAndBlanks_DoNotHurt() => Assert.Equal(SessionFound.Kept, Find(Cookie, $"a ; s = \"{Heads.Cookie(Cookie, 42)}\" ;"));

    [Fact]
    public void OtherKey_IsForged() => Assert.Equal(SessionFound.Forged, Find(Make(KeyB), "s=" + Heads.Cookie(Cookie, 42)));

    [Fact]
    public void RotatedKeys_FirstSignsAndAllVerify()
    {
        SessionCookie both = Make(KeyB, KeyA);
        Assert.Equal(SessionFound.Kept, Find(both, "s=" + Heads.Cookie(Cookie, 42)));
        Assert.Equal(SessionFound.Kept, Find(Make(KeyB), "s=" + Heads.Cookie(both, 42)));
    }

    [Fact]
    public void OtherRollout_IsForeign()
    {
        SessionCookie next = new("s", TimeSpan.FromHours(1), Rollout + 1, Heads.Keys(KeyA));
        Assert.Equal(SessionFound.Foreign, Find(next, "s=" + Heads.Cookie(Cookie, 42)));
    }

    [Fact]
    public void OfSeveral_TheFirstThatHoldsOfFour()
    {
        string good = Heads.Cookie(Cookie, 42), forged = Heads.Cookie(Make(KeyB), 7);
        Assert.Equal(SessionFound.Kept, Find(Cookie, $"s=x; s={forged}; s=; s={good}", out ulong point));
        Assert.Equal(42UL, point);
        Assert.Equal(SessionFound.Malformed, Find(Cookie, $"s=x; s={forged}; s=; s=y; s={good}", out point));
        Assert.Equal(0UL, point);
        Assert.Equal(SessionFound.Forged, Find(Cookie, $"s={forged}; s=x"));
    }

    [Fact]
    public void NoCookie_IsNone() => Assert.Equal(SessionFound.None, Find(Cookie, "S=" + Heads.Cookie(Cookie, 42)));

    [Theory]
    [InlineData("", "holds no key; write one with: openssl rand -base64 32")]
    [InlineData(" \r\n\n", "holds no key; write one with: openssl rand -base64 32")]
    [InlineData("0123456789abcde\n", "holds a key of fewer than 16 bytes; write one a line, with: openssl rand -base64 32")]
    [InlineData("0123456789abcdef\n1", "holds a key of fewer than 16 bytes; write one a line, with: openssl rand -base64 32")]
    [InlineData("0123456789abcdef\r\n\n 0123456789abcdeg \n", null)]
    public void KeyFile_HasOneKeyALine(string content, string? problem)
    {
        Assert.Equal(problem, SigningKeys.Read(Heads.Bytes(content), out SigningKeys keys));
        if (problem is null)
        {
            Assert.Equal(["0123456789abcdef", "0123456789abcdeg"], keys.All.ToArray().Select(Encoding.ASCII.GetString));
        }
    }

    [Fact]
    public void KeyFile_HasABound() => Assert.Equal("holds 9 keys; 8 is the most", SigningKeys.Read(Heads.Bytes(string.Join('\n', Enumerable.Repeat(KeyA, 9))), out _));
}
