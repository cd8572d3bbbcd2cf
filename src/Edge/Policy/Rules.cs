// The types that a single value can have: how it is written, its bounds, and what a fault says. Control thread; pure.
// A problem goes on from the value: "500" + "has no unit; write 500s or 500ms".

using System.Globalization;
using System.Net;

namespace OpenClaw.Edge.Policy;

internal static class Rules
{
    private const string TokenCharacter = "[!#$%&'*+.^_`|~0-9A-Za-z-]";
    private const string PlainNumber = @"([0-9]+\.?[0-9]*|\.[0-9]+)";

    public static readonly Rule<string> AnyText = new((text, out value) =>
    {
        value = text;
        return null;
    }, Shape.Text);

    /// <summary>A path or name that may be switched off by "", which becomes null.</summary>
    public static readonly Rule<string?> OptionalText = new((text, out value) =>
    {
        value = text.Length == 0 ? null : text;
        return text.Contains('\0') ? "holds a NUL" : null;
    }, Shape.Text);

    public static readonly Rule<string> SomeText = new((text, out value) =>
    {
        value = text;
        return text.Length == 0 ? "is empty" : null;
    }, Shape.Text with { Pattern = @"[\s\S]" });

    /// <summary>As everywhere, quotes change nothing: who stops a rollout must not stumble over them.</summary>
    public static readonly Rule<bool> Switch = new((text, out value) =>
    {
        value = text is "true" or "True" or "TRUE";
        return value || text is "false" or "False" or "FALSE" ? null : "is neither true nor false";
    }, new Shape("boolean"));

    /// <summary>A share 0..1, or a percentage with its sign.</summary>
    public static readonly Rule<double> Weight =
        new(JudgeWeight, new Shape("number", "string") { Minimum = 0, Maximum = 1, Pattern = @"^\+?(100(\.0*)?|[0-9]{1,2}(\.[0-9]*)?|\.[0-9]+)%$" });

    /// <summary>A cookie's name is a token (RFC 6265 section 4.1.1).</summary>
    public static readonly Rule<string> CookieName = new(JudgeCookieName, Shape.Text with { Pattern = $"^{TokenCharacter}{{1,128}}$" });

    /// <summary>The name of a field that a client may send.</summary>
    public static readonly Rule<string> HeaderName = new(JudgeHeaderName, Shape.Text with { Pattern = $"^{TokenCharacter}{{1,256}}$" });

    /// <summary><c>header:NAME</c>, <c>cookie:NAME</c> or <c>clientIp</c>.</summary>
    public static readonly Rule<KeySource> Key =
        new(JudgeKey, new Shape("string") { Pattern = $"^(clientIp|header:{TokenCharacter}{{1,256}}|cookie:{TokenCharacter}{{1,128}})$" });

    public static readonly Rule<ListenAddress> ListenAddress = new(Addresses.Listen, new Shape("string") { Pattern = "^(unix:/.*|[^/]+:[0-9]{1,5})$" });

    public static readonly Rule<IPEndPoint> InternetAddress = new(Addresses.Internet, new Shape("string") { Pattern = "^[^/]+:[0-9]{1,5}$" });

    public static readonly Rule<EndpointSettings> Endpoint =
        new(Addresses.Upstream, new Shape("string") { Pattern = "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+/?$" });

    public static readonly Rule<IPNetwork> Network = new(Addresses.Network, new Shape("string") { Pattern = "^[^/]+/[0-9]{1,3}$" });

    public static readonly Rule<string> FieldName = new(Addresses.FieldName, Shape.Text with { Pattern = $"^{TokenCharacter}{{1,256}}$" });

    public static readonly Rule<string> FieldValue = new(Addresses.FieldValue, Shape.Text);

    public static readonly Rule<string> VersionName =
        new(Addresses.VersionName, new Shape("string") { Pattern = "^(?!(none|always|never)$)[A-Za-z0-9_.-]{1,63}$" });

    /// <summary>A path on this edge, as a request's target spells it; "" switches off what is there and becomes null.</summary>
    public static readonly Rule<string?> LocalPath = new(JudgeLocalPath, new Shape("string") { Pattern = "^(/[!-\"$->@-~]{0,255})?$" });

    /// <summary>An http or https URL with a host.</summary>
    public static readonly Rule<Uri> WebAddress = new(JudgeWebAddress, new Shape("string") { Pattern = "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+([/?][^#]*)?$" });

    public static Rule<string> OneOf(params string[] words) => new((text, out value) =>
    {
        value = text;
        return words.Contains(text) ? null : $"is none of {string.Join(", ", words)}";
    }, new Shape { Words = words });

    public static Rule<long> Whole(long min, long max) => new((text, out value) => JudgeWhole(text, min, max, out value), WholeShape(min, max));

    public static Rule<int> Count(int min, int max) => new((text, out value) =>
    {
        string? problem = JudgeWhole(text, min, max, out long whole);
        value = (int)whole;
        return problem;
    }, WholeShape(min, max));

    public static Rule<double> Number(double min, double max) => new((text, out value) =>
    {
        if (Finite(text, out value) is { } problem)
        {
            return problem;
        }

        if (value < min)
        {
            return $"is below {Wording.Show(min)}";
        }

        return value > max ? $"is above {Wording.Show(max)}" : null;
    }, new Shape("number") { Minimum = min, Maximum = max });

    /// <summary>A number with one of the units ms, s, m, h.</summary>
    public static Rule<TimeSpan> Duration(TimeSpan min, TimeSpan max) => new((text, out value) =>
    {
        value = default;
        if (JudgeDuration(text, out double milliseconds) is { } problem)
        {
            return problem;
        }

        if (milliseconds < min.TotalMilliseconds)
        {
            return $"is below {Wording.Show(min)}";
        }

        if (milliseconds > max.TotalMilliseconds)
        {
            return $"is above {Wording.Show(max)}";
        }

        value = TimeSpan.FromTicks((long)Math.Round(milliseconds * TimeSpan.TicksPerMillisecond));
        return null;
    }, new Shape("string")
    {
        Pattern = $@"^[+-]?{PlainNumber}([eE][+-]?[0-9]+)?(ms|s|m|h)$",
        Bounds = $"{Wording.Show(min)} to {Wording.Show(max)}",
    });

    private static string? JudgeLocalPath(string text, out string? value)
    {
        value = text.Length == 0 ? null : text;
        return text.Length == 0 ? null
            : text[0] != '/' ? "does not begin with /"
            : text.Length > 256 ? "is longer than 256 characters"
            : text.AsSpan().ContainsAnyExceptInRange('!', '~') || text.AsSpan().ContainsAny('?', '#') ? "is no path; write visible ASCII without ? and #"
            : null;
    }

    private static string? JudgeWebAddress(string text, out Uri value)
    {
        bool isUrl = Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps) && url.Host.Length > 0;
        value = url!;
        return !isUrl ? "is no URL; write https://HOST[:PORT]/PATH"
            : url!.UserInfo.Length > 0 ? "holds a password; put what authorizes into the path"
            : url.Fragment.Length > 0 ? "has a fragment, which nobody would get"
            : null;
    }

    private static string? JudgeCookieName(string text, out string value)
    {
        value = text;
        return text.Length is 0 or > 128 || !text.All(Addresses.IsTokenChar) ? "is no cookie name (RFC 6265, section 4.1.1)" : null;
    }

    private static string? JudgeHeaderName(string text, out string value)
    {
        value = text;
        return text.Length is 0 or > 256 || !text.All(Addresses.IsTokenChar) ? "is no field name (RFC 9110, section 5.1)"
            : text.StartsWith("x-openclaw-", StringComparison.OrdinalIgnoreCase) ? "is a field the edge itself answers for; choose another"
            : null;
    }

    private static string? JudgeKey(string text, out KeySource value)
    {
        const string header = "header:", cookie = "cookie:";
        value = new KeySource(KeySourceKind.ClientAddress, "");
        if (text == "clientIp")
        {
            return null;
        }

        bool isHeader = text.StartsWith(header, StringComparison.Ordinal);
        if (!isHeader && !text.StartsWith(cookie, StringComparison.Ordinal))
        {
            return "is no key source; write header:NAME, cookie:NAME or clientIp";
        }

        string? problem = isHeader ? JudgeHeaderName(text[header.Length..], out string name) : JudgeCookieName(text[cookie.Length..], out name);
        value = new KeySource(isHeader ? KeySourceKind.Header : KeySourceKind.Cookie, name);
        return problem is null ? null : $"names {Wording.Show(name)}, which {problem}";
    }

    private static string? JudgeWeight(string text, out double value)
    {
        bool percent = text.EndsWith('%');
        if (Finite(percent ? text[..^1] : text, out value) is { } problem)
        {
            return percent && Finite(text[..^1].TrimEnd(), out double number) is null
                ? $"has a blank before its sign; write {Wording.Show(number)}%"
                : $"{problem}; write 0.05 or 5%";
        }

        if (value < 0)
        {
            return "is below 0";
        }

        if (percent)
        {
            value /= 100;
            return value > 1 ? "is above 100%" : null;
        }

        if (value <= 1)
        {
            return null;
        }

        return value <= 100
            ? $"is above 1; use {Wording.Show(value / 100)} or \"{Wording.Show(value)}%\""
            : "is above 1; a share is 0..1 or \"0%\"..\"100%\"";
    }

    private static string? JudgeWhole(string text, long min, long max, out long value)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
        {
            return "is not a whole number";
        }

        if (value < min)
        {
            return $"is below {min}";
        }

        return value > max ? $"is above {max}" : null;
    }

    private static Shape WholeShape(long min, long max) => new("integer") { Minimum = min, Maximum = max == long.MaxValue ? null : max };

    private static string? JudgeDuration(string text, out double milliseconds)
    {
        milliseconds = 0;
        int split = text.Length;
        while (split > 0 && char.IsAsciiLetter(text[split - 1]))
        {
            split--;
        }

        (string amount, string unit) = (text[..split].TrimEnd(), text[split..]);
        if (Finite(amount, out double number) is not null)
        {
            return "is not a duration; write 500ms, 5s, 2m or 1h";
        }

        if (unit.Length == 0)
        {
            return $"has no unit; write {amount}s or {amount}ms";
        }

        (double factor, string usual, double times) = Unit(unit);
        if (factor == 0)
        {
            return $"has the unit {unit}; use ms, s, m or h";
        }

        milliseconds = number * factor;
        return unit == usual && amount.Length == split ? null : $"is not how a duration is written; write {Wording.Show(number * times)}{usual}";
    }

    /// <summary>What people write for a unit: its milliseconds, the one to use, and how many of those make one. No milliseconds: unknown.</summary>
    private static (double Milliseconds, string Usual, double Times) Unit(string written) => written.ToLowerInvariant() switch
    {
        "ms" or "msec" or "msecs" or "millis" or "millisecond" or "milliseconds" => (1, "ms", 1),
        "s" or "sec" or "secs" or "second" or "seconds" => (1e3, "s", 1),
        "m" or "min" or "mins" or "minute" or "minutes" => (60e3, "m", 1),
        "h" or "hr" or "hrs" or "hour" or "hours" => (3600e3, "h", 1),
        "d" or "day" or "days" => (24 * 3600e3, "h", 24),
        _ => default,
    };

    private static string? Finite(string text, out double value)
    {
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (text is ".inf" or "-.inf" or "+.inf" or ".nan" or ".NaN" or ".Inf" or ".INF" or ".NAN")
        {
            value = 0;
            return "is not a finite number";
        }

        if (!double.TryParse(text, style, CultureInfo.InvariantCulture, out value))
        {
            return "is not a number";
        }

        return double.IsFinite(value) ? null : "is not a finite number";
    }
}
