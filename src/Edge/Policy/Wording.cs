// How faults quote what a user wrote, and the guess at what was meant. Control thread; pure.

using System.Globalization;

namespace OpenClaw.Edge.Policy;

internal static class Wording
{
    private const int ShownMax = 80;

    /// <summary>The text as a fault quotes it: one line, bounded, in quotes where it would not stand out.</summary>
    public static string Show(string text)
    {
        bool plain = text.Length is > 0 and <= ShownMax && !text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c));
        if (plain)
        {
            return text;
        }

        string cut = text.Length > ShownMax ? text[..ShownMax] + "..." : text;
        return "\"" + string.Concat(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)) + "\"";
    }

    public static string Show(double number) => number.ToString("0.############", CultureInfo.InvariantCulture);

    /// <summary>In the largest unit that says it in a whole number; exact, so that it reads back as the same.</summary>
    public static string Show(TimeSpan duration) => duration switch
    {
        { Ticks: 0 } => "0s",
        _ when duration.Ticks % TimeSpan.TicksPerHour == 0 => Show(duration.TotalHours) + "h",
        _ when duration.Ticks % TimeSpan.TicksPerMinute == 0 => Show(duration.TotalMinutes) + "m",
        _ when duration.Ticks % TimeSpan.TicksPerSecond == 0 => Show(duration.TotalSeconds) + "s",
        _ => Show(duration.TotalMilliseconds) + "ms",
    };

    /// <summary><c>; did you mean weight?</c> when one of the names is near, else the names themselves.</summary>
    public static string Suggest(string written, IEnumerable<string> names)
    {
        List<string> known = names.ToList();
        string? near = known.Select(name => (name, distance: Distance(written.ToLowerInvariant(), name.ToLowerInvariant())))
            .Where(x => x.distance <= x.name.Length / 3).OrderBy(x => x.distance).Select(x => x.name).FirstOrDefault();
        if (near is not null)
        {
            return $"; did you mean {near}?";
        }

        return known.Count == 0 ? "" : $"; known here: {string.Join(", ", known.Select(Show))}";
    }

    /// <summary>Edits (insert, delete, replace, swap neighbours) from one word to the other; far apart counts as 99.</summary>
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 4)
        {
            return 99;
        }

        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            d[i, 0] = i;
        }

        for (int j = 0; j <= b.Length; j++)
        {
            d[0, j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replace, 1 + Math.Min(d[i - 1, j], d[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
