// Which answers are meant for many.

using System.Buffers;
using System.Text;
using OpenClaw.Edge.Feedback;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Tests.Feedback;

public sealed class SharedCachingTests
{
    [Theory]
    [InlineData("Cache-Control: public", true)]
    [InlineData("cache-control: max-age=60, PUBLIC", true)]
    [InlineData("Cache-Control: no-transform ,s-maxage=60", true)]
    [InlineData("Cache-Control: max-age=60\r\nCache-Control: s-maxage=1", true)]
    [InlineData("Cache-Control: max-age=60", false)]
    [InlineData("Cache-Control: private", false)]
    [InlineData("Cache-Control: republic, x-public=1", false)]
    [InlineData("Expires: never", false)]
    public void PublicAndSMaxAge_AreForMany(string fields, bool expected)
    {
        ResponseHead head = new();
        byte[] bytes = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\n{fields}\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(ParseStatus.Complete, ResponseParser.Parse(new ReadOnlySequence<byte>(bytes), head, new ParseLimits(), Method.Get).Status);
        Assert.Equal(expected, SharedCaching.IsWelcome(head));
    }
}
