// Text in lines, for the pictures and tables of verbs. Pure.

namespace OpenClaw.Edge.Simulate;

internal static class Prose
{
    /// <summary>Lines of at most so many characters, broken at blanks, but never between a number and its percent sign.</summary>
    /// <param name="indent">Blanks before every line but the first.</param>
    public static IEnumerable<string> Wrap(string text, int most, int indent = 0)
    {
        while (text.Length > most)
        {
            int end = most;
            while (end > indent && (text[end] != ' ' || text[end + 1] == '%'))
            {
                end--;
            }

            end = end == indent ? most : end;
            yield return text[..end];
            text = new string(' ', indent) + text[end..].TrimStart();
        }

        yield return text;
    }
}
