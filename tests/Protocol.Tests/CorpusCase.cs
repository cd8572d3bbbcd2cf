// Reads the corpus: text files of messages and verdicts. The format is explained at the top of request-framing.txt.

using System.Globalization;
using System.Text;

namespace OpenClaw.Protocol.Tests;

/// <summary>One message and what must come of it.</summary>
internal sealed record CorpusCase(string File, string Title, string Option, byte[] Message, IReadOnlyList<(string Key, string Value)> Verdict)
{
    internal static IReadOnlyList<CorpusCase> All { get; } = ReadAll();

    internal static CorpusCase Find(string file, string title) => All.Single(c => c.File == file && c.Title == title);

    private static List<CorpusCase> ReadAll()
    {
        List<CorpusCase> cases = [];
        foreach (string path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Corpus"), "*.txt").Order(StringComparer.Ordinal))
        {
            Read(Path.GetFileNameWithoutExtension(path), System.IO.File.ReadLines(path), cases);
        }
        return cases;
    }

    private static void Read(string file, IEnumerable<string> lines, List<CorpusCase> cases)
    {
        string title = "", option = "";
        StringBuilder message = new();
        foreach (string line in lines)
        {
            if (line.StartsWith("= ", StringComparison.Ordinal)) { (title, option) = (line[2..], ""); }
            else if (line.StartsWith("? ", StringComparison.Ordinal)) { option = line[2..]; }
            else if (line == "|") { } // no bytes at all
            else if (line.StartsWith("| ", StringComparison.Ordinal)) { message.Append(line, 2, line.Length - 2); }
            else if (line.StartsWith("> ", StringComparison.Ordinal))
            {
                cases.Add(new CorpusCase(file, title, option, Bytes(message.ToString()), Verdicts(line[2..])));
                message.Clear();
            }
            else if (line.Length > 0 && line[0] != '#') { throw new FormatException($"{file}: {line}"); }
        }
    }

    private static List<(string, string)> Verdicts(string text)
    {
        List<(string, string)> verdict = [];
        foreach (string part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            verdict.Add(equals < 0 ? ("status", part) : (part[..equals], Encoding.Latin1.GetString(Bytes(part[(equals + 1)..]))));
        }
        return verdict;
    }

    /// <summary>⏎ is CRLF; \r \n \t \0 \\ \s (space) \xHH; \{TEXT*N} repeats; everything else is its UTF-8 bytes.</summary>
    internal static byte[] Bytes(string text)
    {
        MemoryStream bytes = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '⏎') { bytes.Write("\r\n"u8); }
            else if (text[i] != '\\') { bytes.Write(Encoding.UTF8.GetBytes(text, i, 1)); }
            else if (text[++i] == 'x')
            {
                bytes.WriteByte(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 2;
            }
            else if (text[i] == '{')
            {
                int close = text.IndexOf('}', i), star = text.LastIndexOf('*', close);
                byte[] unit = Bytes(text[(i + 1)..star]);
                for (int n = int.Parse(text.AsSpan(star + 1, close - star - 1), CultureInfo.InvariantCulture); n > 0; n--) { bytes.Write(unit); }
                i = close;
            }
            else
            {
                bytes.WriteByte(text[i] switch
                {
                    'r' => (byte)'\r',
                    'n' => (byte)'\n',
                    't' => (byte)'\t',
                    's' => (byte)' ',
                    '0' => 0,
                    '\\' => (byte)'\\',
                    _ => throw new FormatException("\\" + text[i]),
                });
            }
        }
        return bytes.ToArray();
    }
}
