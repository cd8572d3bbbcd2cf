// Recognition of field names.

using System.Text;

namespace OpenClaw.Protocol.Tests;

public sealed class KnownFieldsTests
{
    public static TheoryData<string, KnownField> Names() => new()
    {
        { "host", KnownField.Host },
        { "content-length", KnownField.ContentLength },
        { "transfer-encoding", KnownField.TransferEncoding },
        { "connection", KnownField.Connection },
        { "keep-alive", KnownField.KeepAlive },
        { "proxy-connection", KnownField.ProxyConnection },
        { "proxy-authenticate", KnownField.ProxyAuthenticate },
        { "proxy-authorization", KnownField.ProxyAuthorization },
        { "te", KnownField.Te },
        { "trailer", KnownField.Trailer },
        { "upgrade", KnownField.Upgrade },
        { "http2-settings", KnownField.Http2Settings },
        { "expect", KnownField.Expect },
        { "max-forwards", KnownField.MaxForwards },
        { "via", KnownField.Via },
        { "date", KnownField.Date },
        { "server", KnownField.Server },
        { "forwarded", KnownField.Forwarded },
        { "x-forwarded-for", KnownField.XForwardedFor },
        { "x-forwarded-proto", KnownField.XForwardedProto },
        { "x-forwarded-host", KnownField.XForwardedHost },
        { "x-request-id", KnownField.XRequestId },
        { "cookie", KnownField.Cookie },
        { "set-cookie", KnownField.SetCookie },
        { "authorization", KnownField.Authorization },
        { "user-agent", KnownField.UserAgent },
        { "referer", KnownField.Referer },
        { "traceparent", KnownField.Traceparent },
        { "cache-control", KnownField.CacheControl },
        { "content-type", KnownField.ContentType },
        { "location", KnownField.Location },
        { "retry-after", KnownField.RetryAfter },
    };

    [Fact]
    public void EveryMember_HasAName()
    {
        HashSet<KnownField> named = [.. Names().Select(row => row.Data.Item2), KnownField.Other, KnownField.OpenClaw, KnownField.XForwardedOther, KnownField.XLookalike];
        Assert.Equal(Enum.GetValues<KnownField>().ToHashSet(), named);
        Assert.True(named.Count < 64);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Name_IsKnownInAnyCase(string name, KnownField expected)
    {
        Assert.Equal(expected, Recognize(name));
        Assert.Equal(expected, Recognize(name.ToUpperInvariant()));
    }

    /// <summary>Each place matters, first, last and middle words alike.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void NameWithAnotherByteAnywhere_IsNot(string name, KnownField expected)
    {
        for (int i = 0; i < name.Length; i++)
        {
            foreach (char other in "!_~q9.")
            {
                if (char.ToLowerInvariant(other) == name[i]) { continue; }
                Assert.NotEqual(expected, Recognize(name[..i] + other + name[(i + 1)..]));
            }
            if (name.Length > 1) { Assert.NotEqual(expected, Recognize(name.Remove(i, 1))); }
            Assert.NotEqual(expected, Recognize(name.Insert(i, "z")));
        }
    }

    [Theory]
    [InlineData("x-openclaw-")]
    [InlineData("X-OpenClaw-Version")]
    [InlineData("x_openclaw_rating")]
    [InlineData("X-OPENCLAW_anything-as-long-as-you-may-like-it-to-be")]
    public void OpenClawPrefix_IsKnownWithHyphensAndUnderscores(string name) => Assert.Equal(KnownField.OpenClaw, Recognize(name));

    [Theory]
    [InlineData("x-forwarded-")]
    [InlineData("X-Forwarded-Port")]
    [InlineData("x-forwarded-anything-as-long-as-you-may-like")]
    public void ForwardedPrefix_IsKnown(string name) => Assert.Equal(KnownField.XForwardedOther, Recognize(name));

    [Theory]
    [InlineData("x-forwarded")]
    [InlineData("x-forwardedfor")]
    [InlineData("x-openclaw")]
    [InlineData("x-openclaws-version")]
    [InlineData("y-openclaw-version")]
    [InlineData("ax-openclaw-version")]
    [InlineData("x-open-claw-version")]
    [InlineData("x~openclaw-version")]
    [InlineData("a")]
    public void NamesNearOpenClaw_AreOther(string name) => Assert.Equal(KnownField.Other, Recognize(name));

    [Theory]
    [InlineData("X_Forwarded_For", KnownField.XLookalike)]
    [InlineData("x-forwarded_proto", KnownField.XLookalike)]
    [InlineData("X_REQUEST_ID", KnownField.XLookalike)]
    [InlineData("X_FORWARDED_Prefix", KnownField.XLookalike)]
    [InlineData("x-forwarded-anything-as-long_as-you-may-like", KnownField.XLookalike)]
    [InlineData("x_requests_id", KnownField.Other)]
    [InlineData("Transfer_Encoding", KnownField.Other)]
    [InlineData("Content_Length", KnownField.Other)]
    public void Underscore_IsSeenThroughOnlyAfterX(string name, KnownField expected) => Assert.Equal(expected, Recognize(name));

    private static KnownField Recognize(string name) => KnownFields.Recognize(Encoding.ASCII.GetBytes(name));
}
