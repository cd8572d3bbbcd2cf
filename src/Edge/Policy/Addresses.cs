// How addresses, networks, upstream URLs and field names are written in the files and flags. Control thread; pure: no name
// is looked up here.

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpenClaw.Edge.Policy;

/// <summary>Where to listen: one of the two is set.</summary>
internal readonly record struct ListenAddress(IPEndPoint? EndPoint, string? UnixPath);

internal static class Addresses
{
    /// <summary>sun_path holds 108 bytes with its closing NUL (unix(7)).</summary>
    private const int UnixPathMax = 107;

    /// <summary><c>host:port</c>, <c>[v6]:port</c> or <c>unix:/path</c>.</summary>
    public static string? Listen(string text, out ListenAddress value)
    {
        value = default;
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            string path = text["unix:".Length..];
            if (!path.StartsWith('/'))
            {
                return "needs an absolute path: unix:/run/openclaw.sock";
            }

            if (Encoding.UTF8.GetByteCount(path) > UnixPathMax)
            {
                return $"is longer than the {UnixPathMax} bytes a socket path may have";
            }

            value = new ListenAddress(null, path);
            return null;
        }

        string? problem = Internet(text, out IPEndPoint endPoint);
        value = new ListenAddress(endPoint, null);
        return problem;
    }

    /// <summary><c>host:port</c> or <c>[v6]:port</c>; port 0 lets the kernel choose.</summary>
    public static string? Internet(string text, out IPEndPoint value)
    {
        value = new IPEndPoint(IPAddress.None, 0);
        const string form = "write 0.0.0.0:8080 or [::]:8080";
        if (text.Contains("://", StringComparison.Ordinal))
        {
            return $"is a URL; {form}";
        }

        if (Split(text, out string host, out string? port) is { } problem)
        {
            return problem;
        }

        if (port is null)
        {
            return $"has no port; {form}";
        }

        if (host is "" or "*")
        {
            return $"names no host; use 0.0.0.0:{port}";
        }

        if (!Port(port, 0, out int number))
        {
            return $"has the port {Wording.Show(port)}; a port is 0..65535";
        }

        if (host == "localhost")
        {
            host = "127.0.0.1";
        }

        if (!Literal(host, out IPAddress? address))
        {
            return "has a host that is no IP address; listen on an address of this machine";
        }

        value = new IPEndPoint(address, number);
        return null;
    }

    /// <summary><c>http://host:port</c> or <c>https://host:port</c>; without a port 80 or 443.</summary>
    public static string? Upstream(string text, out EndpointSettings value)
    {
        value = new EndpointSettings("", 0, false);
        bool tls = text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!tls && !text.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            return "is no endpoint; write http://host:port or https://host:port";
        }

        string authority = text[(tls ? "https://" : "http://").Length..];
        if (authority.EndsWith('/'))
        {
            authority = authority[..^1];
        }

        if (authority.Contains('@'))
        {
            return "carries user information; an endpoint is only scheme, host and port";
        }

        if (authority.AsSpan().IndexOfAny('/', '?', '#') >= 0)
        {
            return "carries a path or query; an endpoint is only scheme, host and port";
        }

        if (Split(authority, out string host, out string? port) is { } problem)
        {
            return problem;
        }

        int number = tls ? 443 : 80;
        if (port is not null && !Port(port, 1, out number))
        {
            return $"has the port {Wording.Show(port)}; a port is 1..65535";
        }

        if (!Literal(host, out _) && !IsHostName(host))
        {
            return "has a host that is neither a name nor an IP address";
        }

        value = new EndpointSettings(host.ToLowerInvariant(), number, tls);
        return null;
    }

    /// <summary><c>10.0.0.0/8</c>.</summary>
    public static string? Network(string text, out IPNetwork value)
    {
        value = default;
        int slash = text.IndexOf('/');
        if (!Literal(slash < 0 ? text : text[..slash], out IPAddress? address))
        {
            return "is no network; write 10.0.0.0/8 or fd00::/8";
        }

        int bitsMax = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (slash < 0)
        {
            return $"has no prefix length; use {address}/{bitsMax}";
        }

        string length = text[(slash + 1)..];
        if (length.Length is 0 or > 3 || !length.All(char.IsAsciiDigit) || int.Parse(length) > bitsMax)
        {
            return $"has the prefix length {Wording.Show(length)}; it is 0..{bitsMax}";
        }

        int bits = int.Parse(length);
        IPAddress masked = Masked(address, bits);
        if (!masked.Equals(address))
        {
            return $"has bits set behind its prefix; use {masked}/{bits}";
        }

        value = new IPNetwork(address, bits);
        return null;
    }

    /// <summary>A field name that the edge leaves to the operator: a token (RFC 9110 section 5.1), none of those it writes itself.</summary>
    public static string? FieldName(string text, out string value)
    {
        value = text;
        if (text.Length is 0 or > 256 || !text.All(IsTokenChar))
        {
            return "is no field name (RFC 9110, section 5.1)";
        }

        bool ours = text.StartsWith("x-openclaw-", StringComparison.OrdinalIgnoreCase) || OwnFields.Contains(text);
        return ours ? "is a field the edge itself answers for; leave it out" : null;
    }

    /// <summary>A field value as RFC 9110 section 5.5 has it: no control characters, no outer blanks.</summary>
    public static string? FieldValue(string text, out string value)
    {
        value = text;
        return text.Any(c => (char.IsControl(c) && c != '\t') || c > 0xFF) ? "holds a character that a field value cannot carry (RFC 9110, section 5.5)"
            : text != text.Trim(' ', '\t') ? "begins or ends with a blank, which a field value cannot (RFC 9110, section 5.5)"
            : null;
    }

    /// <summary>A version's name goes into fields, metric labels and overrides, so it is a short word.</summary>
    public static string? VersionName(string text, out string value)
    {
        value = text;
        return text.Length is 0 or > 63 || !text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? "is no version name; use up to 63 letters, digits, '-', '_' and '.'"
            : text is "none" or "always" or "never" ? "is a word with a meaning of its own; choose another name" : null;
    }

    // Framing and connection fields (RFC 9110 section 7.6.1, RFC 9112 section 6), and Host, which is forwarded as received.
    private static readonly HashSet<string> OwnFields = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Content-Length", "Host", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    };

    internal static bool IsTokenChar(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c);

    private static string? Split(string text, out string host, out string? port)
    {
        host = text;
        port = null;
        int colon = text.LastIndexOf(':');
        if (text.StartsWith('['))
        {
            int close = text.IndexOf(']');
            if (close < 0)
            {
                return "has no closing bracket; write [::1]:8080";
            }

            host = text[1..close];
            string rest = text[(close + 1)..];
            if (!host.Contains(':'))
            {
                return "has brackets around what is no IPv6 address";
            }

            if (rest.Length > 0 && rest[0] != ':')
            {
                return "has something other than :port behind the bracket";
            }

            port = rest.Length > 0 ? rest[1..] : null;
        }
        else if (colon >= 0 && text.IndexOf(':') != colon)
        {
            return "looks like IPv6 without brackets; write [::1]:8080";
        }
        else if (colon >= 0)
        {
            (host, port) = (text[..colon], text[(colon + 1)..]);
        }

        return null;
    }

    private static bool Port(string text, int min, out int port)
    {
        port = 0;
        return text.Length is > 0 and <= 5 && text.All(char.IsAsciiDigit) && int.TryParse(text, out port) && port >= min && port <= 65535;
    }

    /// <summary>Only the common spelling of an IPv4 address: "127.1" and "0x7f.1" mean something else to everyone.</summary>
    private static bool Literal(string host, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(host, out address) && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == host);

    private static bool IsHostName(string host) =>
        host.Length is > 0 and <= 253 && host.TrimEnd('.').Split('.').All(label =>
            label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        && host.TrimEnd('.').Split('.')[^1].Any(char.IsAsciiLetter); // else it is a misspelt IPv4 address

    private static IPAddress Masked(IPAddress address, int bits)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            int keep = Math.Clamp(bits - i * 8, 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - keep));
        }

        return new IPAddress(bytes);
    }
}
