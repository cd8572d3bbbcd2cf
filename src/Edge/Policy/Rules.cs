// The types that a single value can have: how it is written, its bounds, and what a fault says. Control thread; pure.
// A problem goes on from the value: "5sec" + "has the unit sec; use ms, s, m or h".

using System.Globalization;

namespace OpenClaw.Edge.Policy;

/// <returns>Null when the text is fine, else what is wrong and what would be right.</returns>
internal delegate string? Rule<T>(string text, out T value);

internal static class Rules
{
    public static string? AnyText(string text, out string? value)
    {
        value = text;
        return null;
    }

    /// <summary>A path or name that may be switched off by "", which becomes null.</summary>
    public static string? OptionalText(string text, out string? value)
    {
        value = text.Length == 0 ? null : text;
        return text.Contains('\0') ? "holds a NUL" : null;
    }

    public static string? SomeText(string text, out string value)
    {
        value = text;
        return text.Length == 0 ? "is empty" : null;
    }

    public static string? Switch(string text, out bool value)
    {
        value = text is "true" or "True" or "TRUE";
        return value || text is "false" or "False" or "FALSE" ? null : "is neither true nor false";
    }

    public static Rule<string> OneOf(params string[] words) => (text, out value) =>
    {
        value = text;
        return words.Contains(text) ? null : $"is none of {string.Join(", ", words)}";
    };

    public static Rule<long> Whole(long min, long max) => (text, out value) =>
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
    };

    public static Rule<int> Count(int min, int max) => (text, out value) =>
    {
        string? problem = Whole(min, max)(text, out long whole);
        value = (int)whole;
        return problem;
    };

    public static Rule<double> Number(double min, double max) => (text, out value) =>
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
    };

    /// <summary>A cookie's name is a token (RFC 6265 section 4.1.1).</summary>
    public static string? CookieName(string text, out string value)
    {
        value = text;
        return text.Length is 0 or > 128 || !text.All(Addresses.IsTokenChar) ? "is no cookie name (RFC 6265, section 4.1.1)" : null;
    }

    /// <summary>The name of a field that a client may send.</summary>
    public static string? HeaderName(string text, out string value)
    {
        value = text;
        return text.Length is 0 or > 256 || !text.All(Addresses.IsTokenChar) ? "is no field name (RFC 9110, section 5.1)"
            : text.StartsWith("x-openclaw-", StringComparison.OrdinalIgnoreCase) ? "is a field the edge itself answers for; choose another"
            : null;
    }

    /// <summary><c>header:NAME</c>, <c>cookie:NAME</c> or <c>clientIp</c>.</summary>
    public static string? Key(string text, out KeySource value)
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

        string? problem = isHeader ? HeaderName(text[header.Length..], out string name) : CookieName(text[cookie.Length..], out name);
        value = new KeySource(isHeader ? KeySourceKind.Header : KeySourceKind.Cookie, name);
        return problem is null ? null : $"names {Wording.Show(name)}, which {problem}";
    }

    /// <summary>A share 0..1, or a percentage with its sign.</summary>
    public static string? Weight(string text, out double value)
    {
        bool percent = text.EndsWith('%');
        if (Finite(percent ? text[..^1] : text, out value) is { } problem)
        {
            return problem;
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
            : "is above 1; a weight is 0..1 or \"0%\"..\"100%\"";
    }

    /// <summary>A number with one of the units ms, s, m, h.</summary>
    public static Rule<TimeSpan> Duration(TimeSpan min, TimeSpan max) => (text, out value) =>
    {
        value = default;
        int split = text.Length;
        while (split > 0 && char.IsAsciiLetter(text[split - 1]))
        {
            split--;
        }

        if (Finite(text[..split], out double number) is { } problem)
        {
            return split == 0 ? "is not a duration; write 500ms, 5s, 2m or 1h" : problem;
        }

        double milliseconds = text[split..] switch { "ms" => 1, "s" => 1e3, "m" => 60e3, "h" => 3600e3, _ => 0 };
        if (milliseconds == 0)
        {
            return split == text.Length ? $"has no unit; write {text}s or {text}ms" : $"has the unit {text[split..]}; use ms, s, m or h";
        }

        if (number * milliseconds < min.TotalMilliseconds)
        {
            return $"is below {Wording.Show(min)}";
        }

        if (number * milliseconds > max.TotalMilliseconds)
        {
            return $"is above {Wording.Show(max)}";
        }

        value = TimeSpan.FromMilliseconds(number * milliseconds);
        return null;
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
