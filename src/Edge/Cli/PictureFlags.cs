// The flags by which verbs that draw are told how: on the terminal, for a program, into a file. Main thread.

using System.CommandLine;
using System.Text;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Simulate;

namespace OpenClaw.Edge.Cli;

internal sealed class PictureFlags
{
    private readonly Option<string?> _svg = ConfigurationFlags.Text("--svg", "FILE", "writes the picture there too");
    private readonly Option<bool> _ascii = new("--ascii") { Description = "draws with ASCII only, as it does where the output is no terminal or NO_COLOR is set" };
    private readonly Option<bool> _json = new("--json") { Description = "prints one JSON document instead of table and picture" };

    public void AddTo(Command command) => CommandLine.Add(command, _svg, _ascii, _json);

    /// <param name="json">UTF-8, with a newline at the end.</param>
    /// <param name="write">Table and picture.</param>
    /// <returns>False: a file could not be written, and that was told.</returns>
    public bool Show(ParseResult parsed, Func<byte[]> json, Action<Chart> write, Func<string> svg)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(_json))
        {
            output.Write(Encoding.UTF8.GetString(json()));
        }
        else
        {
            write(new Chart(rich: !parsed.GetValue(_ascii) && IsTerminal(output)));
        }

        return parsed.GetValue(_svg) is not { } path || TryWrite(path, svg(), parsed.InvocationConfiguration.Error);
    }

    private static bool TryWrite(string path, string text, TextWriter error)
    {
        try
        {
            File.WriteAllText(path, text);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string why = Directory.Exists(path) ? "is a directory" : path == "" ? "names no file" : $"cannot be written: {e.Message}";
            error.WriteLine($"--svg: {Wording.Show(path)} {why}");
            return false;
        }
    }

    /// <summary>Whether colours and blocks have a place there (https://no-color.org: set, and not empty).</summary>
    private static bool IsTerminal(TextWriter output) =>
        ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
}
